// What the S6a messages share: the AVPs of every request and answer (TS 29.272 7.2) around those of the
// command.
#pragma once

#include <initializer_list>
#include <optional>
#include <utility>

#include "diameter/message.h"
#include "diameter/s6a.h"
#include "diameter/scan.h"

namespace simbiont::diameter {

inline constexpr Grammar request_grammar{
    {avp::session_id, Occurs::once},         {avp::vendor_specific_application_id, Occurs::at_most_once},
    {avp::auth_session_state, Occurs::once}, {avp::origin_host, Occurs::once},
    {avp::origin_realm, Occurs::once},       {avp::destination_host, Occurs::at_most_once},
    {avp::destination_realm, Occurs::once},
};
// An answer with the E bit need not carry more (RFC 6733 7.2).
inline constexpr Grammar answer_grammar{
    {avp::session_id, Occurs::at_most_once},
    {avp::result_code, Occurs::at_most_once},
    {avp::experimental_result, Occurs::at_most_once},
    {avp::auth_session_state, Occurs::at_most_once},
    {avp::origin_host, Occurs::once},
    {avp::origin_realm, Occurs::once},
};

// Values of the common AVPs.
bool judge_routing(Scan& scan);
Routing routing_of(const Scan& scan);
// Result-Code or Experimental-Result, one of which an answer must have.
bool read_result(Scan& scan, ResultCode& code);

// Terminal-Information, TS 29.272 7.3.3, of a ULR or NOR.
bool read_terminal(Scan& scan, std::optional<TerminalInformation>& out);
void write_terminal(MessageWriter& writer, const TerminalInformation& terminal);

// Subscription-Data of a ULA or IDR.
bool read_subscription(Scan& scan, std::optional<SubscriptionData>& out);
void write_subscription(MessageWriter& writer, const SubscriptionData& data);

// Supported-Features, as often as they come; without one `out` stays empty. Lists that are zero are not
// written.
bool read_features(Scan& scan, ByteView frame, std::optional<Features>& out);
void write_features(MessageWriter& writer, const Features& features);

// An answer that says nothing but how it went: CLA, DSA, RSA, NOA.
template <class Message>
Decoded<Message> decode_plain_answer(ByteView frame) {
  Scan scan(answer_grammar);
  Message message;
  if (!scan.message(frame) || !judge_routing(scan) || !read_result(scan, message.code))
    return {std::nullopt, scan.refusal()};
  message.routing = routing_of(scan);
  return {message, {}};
}

template <class Message>
Decoded<Message> refused(Scan& scan) {
  return {std::nullopt, scan.refusal()};
}

MessageWriter begin_request(Command command, const Routing& routing, Ids ids, Bytes& out);
// Up to and with Origin-Realm; the command's AVPs follow, then finish_answer(), which repeats Proxy-Info
// unless it is above max_echoed_size.
MessageWriter begin_answer(ByteView request, const Identity& self, ResultCode code, Bytes& out);
void finish_answer(ByteView request, MessageWriter& writer);

// The request's header turned into its answer's: RFC 6733 6.2, T bit cleared.
Header answer_header(ByteView request, bool error);
// The request's Session-Id, if there is one, and if it and the Proxy-Infos are no more than max_echoed_size.
void copy_session_id(ByteView request, MessageWriter& writer);
void write_result(MessageWriter& writer, ResultCode code);
// An AVP that is too large for a Failed-AVP, with what it begins with, groups kept readable.
Bytes shortened(ByteView whole_avp);
// Error-Message and Failed-AVP, where the refusal has them.
void write_reason(MessageWriter& writer, const Refusal& refusal);
bool is_protocol_error(ResultCode code);  // 3xxx: E bit, general error grammar

}  // namespace simbiont::diameter
