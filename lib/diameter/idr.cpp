// Insert-Subscriber-Data-Request and -Answer, TS 29.272 7.2.9 and 7.2.10.
#include <utility>

#include "diameter/s6a_common.h"
#include "diameter/s6a_updates.h"

namespace simbiont::diameter {
namespace {

constexpr Grammar idr_grammar{request_grammar,
                              {{avp::destination_host, Occurs::once},
                               {avp::user_name, Occurs::once},
                               {avp::subscription_data, Occurs::once},
                               {avp::supported_features, Occurs::any}}};
constexpr Grammar ida_grammar{answer_grammar, {{avp::supported_features, Occurs::any}}};

}  // namespace

void encode_idr(const Idr& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::idr, message.routing, ids, out);
  if (message.features) write_features(writer, *message.features);
  writer.text(avp::user_name, message.user_name);
  write_subscription(writer, message.data);
  writer.finish();
}

Decoded<Idr> decode_idr(ByteView frame) {
  Scan scan(idr_grammar);
  Idr idr;
  std::optional<SubscriptionData> data;
  if (!scan.message(frame) || !judge_routing(scan) || !read_subscription(scan, data) ||
      !read_features(scan, frame, idr.features))
    return refused<Idr>(scan);
  idr.routing = routing_of(scan);
  idr.user_name = scan.text(avp::user_name);
  if (data) idr.data = *std::move(data);
  return {std::move(idr), {}};
}

void encode_ida(ByteView request, const Identity& self, const Ida& message, Bytes& out) {
  MessageWriter writer = begin_answer(request, self, message.code, out);
  if (message.features) write_features(writer, *message.features);
  finish_answer(request, writer);
}

Decoded<Ida> decode_ida(ByteView frame) {
  Scan scan(ida_grammar);
  Ida ida;
  if (!scan.message(frame) || !judge_routing(scan) || !read_result(scan, ida.code) ||
      !read_features(scan, frame, ida.features))
    return refused<Ida>(scan);
  ida.routing = routing_of(scan);
  return {ida, {}};
}

}  // namespace simbiont::diameter
