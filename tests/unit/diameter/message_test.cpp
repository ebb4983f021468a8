#include <gmock/gmock.h>

#include <random>

#include "../../support/vec_file.h"
#include "peer_fixture.h"

namespace simbiont::diameter::test {
namespace {

using ::testing::SizeIs;

Bytes vector_message(std::string_view title_start) {
  for (const auto& set : simbiont::test::read_vec_file(TEST_DATA "/diameter_s6a.vec")) {
    if (!set.title.starts_with(title_start)) continue;
    Bytes message;
    for (const auto& [name, octets] : set.values) {
      const Bytes part = hex(octets);
      message.insert(message.end(), part.begin(), part.end());
    }
    return message;
  }
  ADD_FAILURE() << "no vector " << title_start;
  return {};
}

TEST(Message, hand_assembled_cer_reads_as_it_was_written) {
  const Bytes frame = vector_message("Capabilities-Exchange-Request");
  EXPECT_EQ(next_frame(frame).state, FrameState::complete);
  const auto decoded = decode_cer(frame);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  EXPECT_EQ(decoded.message->origin_host, "mme.example");
  EXPECT_EQ(decoded.message->origin_realm, "example");
  EXPECT_EQ(decoded.message->origin_state_id, 5U);
  EXPECT_EQ(decoded.message->applications, only_s6a);
  EXPECT_FALSE(decoded.message->relay);
}

TEST(Message, hand_assembled_air_reads_and_writes_as_itself) {
  const Bytes frame = vector_message("Authentication-Information-Request");
  const auto decoded = decode_air(frame);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  const Air& air = *decoded.message;
  EXPECT_EQ(air.routing.session_id, "mme.example;1;2");
  EXPECT_EQ(air.routing.origin_host, "mme.example");
  EXPECT_EQ(air.routing.origin_realm, "example");
  EXPECT_EQ(air.routing.destination_host, "");
  EXPECT_EQ(air.routing.destination_realm, "home");
  EXPECT_EQ(air.user_name, "001010000000001");
  EXPECT_EQ(to_hex(air.visited_plmn), "62f210");
  ASSERT_TRUE(air.eutran);
  EXPECT_EQ(air.eutran->vectors, 2U);
  EXPECT_TRUE(air.eutran->immediate_response_preferred);
  EXPECT_EQ(to_hex(air.eutran->resync), to_hex(resync));
  Bytes out;
  encode_air(air, {0x0a0b0c0d, 0x01020304}, out);
  EXPECT_EQ(to_hex(out), to_hex(frame));
}

TEST(Message, frame_lengths_decide) {
  const auto state = [](std::string_view octets) { return next_frame(hex(octets)).state; };
  EXPECT_EQ(state(""), FrameState::incomplete);
  EXPECT_EQ(state("010000"), FrameState::incomplete);
  EXPECT_EQ(state("01000014"), FrameState::incomplete);
  EXPECT_EQ(state("01010000"), FrameState::incomplete);  // 65536
  for (const char* broken : {"01000000", "01000010", "01000013", "01000015", "01010004", "01fffffc"}) {
    EXPECT_EQ(state(broken), FrameState::broken) << broken;
  }
  Bytes stream = air_frame();
  const std::size_t size = stream.size();
  stream.push_back(1);
  EXPECT_EQ(next_frame(stream).message.size(), size);
  stream.resize(size - 1);
  EXPECT_EQ(next_frame(stream).state, FrameState::incomplete);
}

TEST(Message, reader_takes_an_unpadded_last_avp_and_stops_at_a_bad_length) {
  const Bytes last = hex("00000001 40000009 61");
  AvpReader unpadded(last);
  const auto avp = unpadded.next();
  ASSERT_TRUE(avp);
  EXPECT_EQ(as_text(avp->data), "a");
  EXPECT_EQ(avp->whole.size(), 9U);
  EXPECT_FALSE(unpadded.next());
  EXPECT_FALSE(unpadded.malformed());

  const Bytes bad = hex("00000001 40000009 61000000 00000580 c0000020 000028af 00");
  AvpReader reader(bad);
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.malformed());
  EXPECT_EQ(to_hex(reader.offender()), "00000580c0000020000028af");
  EXPECT_FALSE(reader.next());
}

TEST(Message, groups_nest_and_lengths_count_inner_padding) {
  Bytes out;
  MessageWriter writer(out, {});
  const std::size_t outer = writer.begin(avp::subscription_data), inner = writer.begin(avp::ambr);
  writer.text(avp::imei, "1");
  writer.end(inner);
  writer.end(outer);
  writer.finish();
  EXPECT_EQ(to_hex(ByteView(out).subspan(header_size)),
            "00000578c0000028000028af"
            "0000059bc000001c000028af"
            "0000057ac000000d000028af31000000");
  EXPECT_EQ(read_header(out).length, out.size());
}

// What a peer is told must not depend on how TCP cuts the stream.
std::vector<std::string> told(const std::vector<Bytes>& reads) {
  Station station;
  for (const Bytes& octets : reads) station.read(octets);
  std::vector<std::string> out;
  for (const auto& list : {station.owner.requests, station.owner.answers, station.written()}) {
    for (const Bytes& frame : list) out.push_back(to_hex(frame));
  }
  out.insert(out.end(), station.owner.closed.begin(), station.owner.closed.end());
  return out;
}

TEST(Message, every_cut_of_a_stream_tells_the_same) {
  const Bytes stream = joined({cer(), air_frame(), dwr(), cla_frame(), ulr_frame(), dpr(), air_frame()});
  const auto whole = told({stream});
  ASSERT_THAT(whole, SizeIs(7));  // two requests, one answer, CEA, DWA, DPA, the reason
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    const auto at = stream.begin() + static_cast<std::ptrdiff_t>(cut);
    ASSERT_EQ(told({Bytes(stream.begin(), at), Bytes(at, stream.end())}), whole) << cut;
  }
  std::vector<Bytes> octet_by_octet;
  for (const std::uint8_t octet : stream) octet_by_octet.push_back({octet});
  EXPECT_EQ(told(octet_by_octet), whole);
}

TEST(Message, requests_of_one_read_are_answered_in_order_in_one_output) {
  const auto station = open_station();
  station->owner.at_request = [&](ByteView frame) { encode_aia(frame, hss, {}, station->peer->output()); };
  std::vector<Bytes> requests;
  for (std::uint32_t i = 0; i < 300; ++i) requests.push_back(encoded(encode_air, air(), {i, ~i}));
  station->read(joined(requests));
  const auto answers = station->written();
  ASSERT_THAT(answers, SizeIs(300));
  for (std::uint32_t i = 0; i < 300; ++i) {
    EXPECT_EQ(read_header(answers[i]).hop_by_hop, i);
    EXPECT_EQ(read_header(answers[i]).end_to_end, ~i);
  }
}

TEST(Message, broken_framing_closes_after_what_came_before_is_answered) {
  for (const char* broken : {"01000010", "01000016", "01010004"}) {
    const auto station = open_station();
    station->read(joined({dwr(), hex(broken), dwr()}));
    EXPECT_THAT(station->written(), SizeIs(1));
    EXPECT_THAT(station->owner.closed, ::testing::ElementsAre("broken framing"));
  }
}

// Mutated messages: no crash, and each request is either taken or refused by an answer that itself reads
// back.
class Mutations {
 public:
  explicit Mutations(std::uint32_t seed) : random_(seed) {}

  Bytes of(Bytes frame) {
    for (std::uint32_t left = below(4); left-- > 0;)
      frame[below(frame.size())] = static_cast<std::uint8_t>(random_());
    if (below(3) == 0)
      frame.resize(header_size + std::size_t{4} * below((frame.size() - header_size) / 4 + 1));
    if (frame.size() > header_size && below(4) == 0) frame[header_size + below(8)] ^= 0x10;
    return frame;
  }
  std::uint32_t below(std::size_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

 private:
  std::mt19937 random_;
};

template <class Message>
void expect_taken_or_answered(Decoded<Message> (*decode)(ByteView), const Bytes& frame) {
  const auto decoded = decode(frame);
  if (decoded.message) return;
  EXPECT_NE(decoded.refusal.code, result::success);
  Bytes out;
  encode_refusal(frame, hss, decoded.refusal, out);
  EXPECT_EQ(next_frame(out).message.size(), out.size());
  for (const std::string& name : avp_names(out)) EXPECT_NE(name, "malformed");
}

TEST(Message, mutated_requests_are_taken_or_answered) {
  const std::uint32_t seed = 20'000;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Mutations mutations(seed);
  for (int i = 0; i < 20'000 && !::testing::Test::HasFailure(); ++i) {
    expect_taken_or_answered(decode_air, mutations.of(air_frame()));
    expect_taken_or_answered(decode_ulr, mutations.of(ulr_frame()));
    expect_taken_or_answered(decode_clr, mutations.of(clr_frame()));
    expect_taken_or_answered(decode_pur, mutations.of(pur_frame()));
    expect_taken_or_answered(decode_nor, mutations.of(nor_frame()));
    expect_taken_or_answered(decode_cer, mutations.of(cer()));
  }
}

TEST(Message, mutated_streams_answer_every_request_or_close) {
  const std::uint32_t seed = 5'000;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Mutations mutations(seed);
  for (int i = 0; i < 5'000 && !::testing::Test::HasFailure(); ++i) {
    const auto station = open_station();
    station->owner.at_request = [&](ByteView frame) {
      encode_refusal(frame, hss, {result::unable_to_comply, {}, ""}, station->peer->output());
    };
    Bytes stream;
    std::size_t asked = 0;
    for (Bytes frame : {air_frame(), dwr(), ulr_frame(), dpr()}) {
      frame = mutations.of(frame);
      patch_length(frame);
      asked += read_header(frame).is_request() ? 1U : 0U;
      stream.insert(stream.end(), frame.begin(), frame.end());
    }
    station->read(stream);
    const std::size_t answered = station->written().size();
    EXPECT_TRUE(answered == asked || station->peer->state() == PeerState::closed)
        << answered << " of " << asked;
  }
}

}  // namespace
}  // namespace simbiont::diameter::test
