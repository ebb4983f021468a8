// Whatever a request holds, its answer is one legal message: framed, readable, below the limit.
#include <gtest/gtest.h>

#include <random>

#include "diameter/s6a.h"
#include "samples.h"

namespace simbiont::diameter::test {
namespace {

Bytes proxy_info(std::size_t state_size) {
  const Bytes host = any_avp(280, 0x40, 0, as_bytes("proxy.example")),
              state = any_avp(33, 0x40, 0, Bytes(state_size));
  Bytes inner = host;
  inner.insert(inner.end(), state.begin(), state.end());
  return any_avp(284, 0x40, 0, inner);
}

Bytes with_front(const Bytes& avp, const Bytes& frame) {
  Bytes out = frame;
  out.insert(out.begin() + header_size, avp.begin(), avp.end());
  store_be(out.size(), std::span(out).subspan(1, 3));
  return out;
}

// The answer as the server makes it.
Bytes answer_to(const Bytes& frame) {
  const auto decoded = decode_ulr(frame);
  Bytes out;
  if (!decoded.message) {
    encode_refusal(frame, hss, decoded.refusal, out);
  } else {
    Ula ula;
    ula.code = result::success;
    ula.data = subscription();
    ula.data->apns.resize(64, {2, std::string(100, 'a'), 3'000, 4'000});
    encode_ula(frame, hss, ula, out);
  }
  return out;
}

void expect_legal(const Bytes& answer) {
  EXPECT_LE(answer.size(), max_message_size);
  const Frame frame = next_frame(answer);
  ASSERT_EQ(frame.state, FrameState::complete);
  EXPECT_EQ(frame.message.size(), answer.size());
  AvpReader reader(ByteView(answer).subspan(header_size));
  while (const auto avp = reader.next()) {
    if (avp->code != avp::failed_avp.code) continue;
    AvpReader inner(avp->data);
    while (inner.next()) {
    }
    EXPECT_FALSE(inner.malformed());
  }
  EXPECT_FALSE(reader.malformed());
}

TEST(AnswerSize, a_session_id_that_no_answer_could_repeat_is_refused_with_its_header) {
  const Bytes frame =
      replaced(ulr_frame(), avp::session_id, plain_avp(avp::session_id, Bytes(max_echoed_size, 's')));
  const Bytes answer = answer_to(frame);
  expect_legal(answer);
  EXPECT_EQ(load_be(find(answer, avp::result_code)->data), 5014U);
  EXPECT_EQ(to_hex(find(answer, avp::failed_avp)->data), "0000010740000008");
  EXPECT_FALSE(find(answer, avp::session_id));
  EXPECT_EQ(load_be(find(answer_to(ulr_frame()), avp::result_code)->data), 2001U);
}

TEST(AnswerSize, proxy_infos_are_all_repeated_up_to_the_limit_and_refused_above_it) {
  Bytes frame = ulr_frame();
  for (int count = 1; count < 20; ++count) {
    frame = with(frame, proxy_info(3000));
    const Bytes answer = answer_to(frame);
    expect_legal(answer);
    int repeated = 0;
    AvpReader reader(ByteView(answer).subspan(header_size));
    while (const auto avp = reader.next()) repeated += avp->code == avp::proxy_info.code ? 1 : 0;
    const bool fits = count <= 10;  // of 3,036 octets each
    EXPECT_EQ(repeated, fits ? count : 0);
    EXPECT_EQ(load_be(find(answer, avp::result_code)->data), fits ? 2001U : 5014U) << count;
  }
}

TEST(AnswerSize, a_large_offender_is_shown_by_what_it_begins_with) {
  const Bytes frame =
      replaced(ulr_frame(), avp::visited_plmn_id, plain_avp(avp::visited_plmn_id, Bytes(60'000, 0x11)));
  const Bytes answer = answer_to(frame);
  expect_legal(answer);
  EXPECT_EQ(load_be(find(answer, avp::result_code)->data), 5014U);
  EXPECT_LE(find(answer, avp::failed_avp)->data.size(), 1024U);
}

TEST(AnswerSize, every_answer_to_a_large_request_is_legal) {
  std::mt19937 random(20260);
  const auto below = [&](std::size_t limit) { return std::size_t{random()} % limit; };
  for (int i = 0; i < 3000; ++i) {
    Bytes frame = ulr_frame();
    for (std::size_t more = below(8); more-- > 0;) {
      const std::size_t size = below(30'000);
      const Bytes avps[] = {any_avp(263, 0x40, 0, Bytes(size, 's')),
                            proxy_info(size),
                            any_avp(9999, 0x40, 0, Bytes(size)),
                            any_avp(1, 0x40, 0, Bytes(size, 'u')),
                            plain_avp(avp::terminal_information, any_avp(9999, 0xc0, 10415, Bytes(size))),
                            any_avp(264, 0x41, 0, Bytes(size, 'h'))};
      const Bytes& chosen = avps[below(std::size(avps))];
      const Bytes longer = below(2) == 0 ? with(frame, chosen) : with_front(chosen, frame);
      if (longer.size() <= max_message_size) frame = longer;
    }
    expect_legal(answer_to(frame));
    Bytes unjudged;
    encode_refusal(frame, hss, {result::command_unsupported, {}, "of another command"}, unjudged);
    expect_legal(unjudged);
    ASSERT_FALSE(HasFailure()) << "round " << i;
  }
}

}  // namespace
}  // namespace simbiont::diameter::test
