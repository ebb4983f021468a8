// The parts of the load generator that touch no socket.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "lab/load_answer.h"
#include "lab/load_command.h"
#include "lab/load_histogram.h"
#include "lab/load_order.h"
#include "lab/load_report.h"
#include "lab/load_sample.h"
#include "lab/load_template.h"

namespace simbiont::lab {
namespace {

TEST(LoadHistogram, a_percentile_is_at_most_a_128th_above_the_sorted_values) {
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> values(50'000);
  LoadHistogram histogram;
  for (auto& value : values) {
    value = random() >> (24 + random() % 34);
    histogram.record(value);
  }
  std::sort(values.begin(), values.end());
  for (const double percent : {0.1, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(static_cast<double>(values.size()) * percent / 100));
    const std::uint64_t exact = values[rank - 1], said = histogram.percentile(percent);
    EXPECT_GE(said, exact) << percent;
    EXPECT_LE(said, exact + exact / 128) << percent;
  }
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.count(), values.size());
}

TEST(LoadHistogram, small_values_are_exact_and_none_is_lost) {
  for (const std::uint64_t value : {0ULL, 1ULL, 127ULL, 128ULL, 129ULL, 255ULL, 256ULL}) {
    LoadHistogram histogram;
    histogram.record(value);
    EXPECT_EQ(histogram.percentile(50), value);
  }
  LoadHistogram histogram;
  histogram.record(~std::uint64_t{0});
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.max(), ~std::uint64_t{0});
  EXPECT_GE(histogram.percentile(99), (std::uint64_t{1} << 42) - 1);
  EXPECT_EQ(LoadHistogram().percentile(50), 0U);
}

TEST(LoadHistogram, merging_is_as_if_one_had_recorded_all) {
  LoadHistogram a, b, both;
  for (std::uint64_t i = 1; i < 100'000; i = i * 3 / 2 + 1) {
    (i % 2 == 0 ? a : b).record(i);
    both.record(i);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.max(), both.max());
  EXPECT_DOUBLE_EQ(a.mean(), both.mean());
  for (const double percent : {10.0, 50.0, 99.0}) EXPECT_EQ(a.percentile(percent), both.percentile(percent));
}

TEST(LoadOrder, every_round_holds_each_subscriber_once_over_all_parts) {
  for (const auto kind : {LoadOrder::Kind::sequential, LoadOrder::Kind::random}) {
    for (const std::uint64_t count : {1U, 2U, 3U, 64U, 65U, 1000U, 4097U}) {
      for (const std::uint64_t parts : {1U, 2U, 3U}) {
        if (parts > count) continue;
        std::multiset<std::uint64_t> seen;
        for (std::uint64_t part = 0; part < parts; ++part) {
          LoadOrder order(kind, count, 42, part, parts);
          const std::uint64_t own = count / parts + (part < count % parts ? 1 : 0);
          for (std::uint64_t i = 0; i < 2 * own; ++i) seen.insert(order.next());
        }
        ASSERT_EQ(seen.size(), 2 * count);
        for (std::uint64_t index = 0; index < count; ++index) ASSERT_EQ(seen.count(index), 2U) << count;
      }
    }
  }
}

TEST(LoadOrder, random_follows_the_seed_and_is_not_the_order_of_numbers) {
  const auto draw = [](std::uint64_t seed) {
    LoadOrder order(LoadOrder::Kind::random, 1'000'000, seed);
    std::vector<std::uint64_t> out(1000);
    for (auto& each : out) each = order.next();
    return out;
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
  const auto drawn = draw(3);
  std::size_t neighbours = 0;
  for (std::size_t i = 1; i < drawn.size(); ++i) neighbours += drawn[i] - drawn[i - 1] + 10 <= 20 ? 1 : 0;
  EXPECT_LT(neighbours, 5U);
}

LoadFields fields(std::size_t imsi_digits) {
  LoadFields out;
  out.self = {"mme7.load.example", "load.example"};
  out.destination_realm = "home.example";
  out.visited_plmn = *Plmn::parse("262-01");
  out.vectors = 3;
  out.imsi_digits = imsi_digits;
  return out;
}

TEST(LoadTemplate, a_patched_air_is_the_air_of_that_subscriber) {
  for (const std::size_t digits : {std::size_t{6}, std::size_t{14}, std::size_t{15}}) {
    const LoadTemplate made = LoadTemplate::air(fields(digits));
    Bytes frame(made.size() + 8, 0xcc);
    std::set<std::string> sessions;
    for (const std::uint64_t number : {0ULL, 7ULL, 123456ULL, 98765ULL}) {
      made.write(frame.data(), number, {0x01020304, 0xa0b0c0d0}, static_cast<std::uint32_t>(number));
      const auto air = diameter::decode_air(ByteView(frame).first(made.size()));
      ASSERT_TRUE(air.message);
      std::string expected = std::to_string(number);
      expected.insert(0, digits - expected.size(), '0');
      EXPECT_EQ(air.message->user_name, expected);
      EXPECT_EQ(air.message->eutran->vectors, 3U);
      EXPECT_EQ(air.message->routing.origin_host, "mme7.load.example");
      EXPECT_EQ(air.message->routing.destination_realm, "home.example");
      EXPECT_EQ(air.message->visited_plmn, Plmn::parse("262-01")->octets);
      const diameter::Header header = diameter::read_header(frame);
      EXPECT_EQ(header.hop_by_hop, 0x01020304U);
      EXPECT_EQ(header.end_to_end, 0xa0b0c0d0U);
      EXPECT_TRUE(sessions.emplace(air.message->routing.session_id).second);
    }
    EXPECT_EQ(frame[made.size()], 0xcc);  // nothing behind it is touched
  }
}

TEST(LoadTemplate, a_patched_ulr_is_the_ulr_of_that_subscriber) {
  const LoadTemplate made = LoadTemplate::ulr(fields(15));
  Bytes frame(made.size());
  made.write(frame.data(), 1010000000123, {1, 2}, 0xffffffff);
  const auto ulr = diameter::decode_ulr(frame);
  ASSERT_TRUE(ulr.message);
  EXPECT_EQ(ulr.message->user_name, "001010000000123");
  EXPECT_EQ(ulr.message->flags & diameter::ulr_flag::s6a, diameter::ulr_flag::s6a);
  EXPECT_TRUE(ulr.message->routing.session_id.ends_with(";4294967295"));
}

Bytes answer(diameter::ResultCode code, std::size_t vectors) {
  Bytes request(LoadTemplate::air(fields(15)).size());
  LoadTemplate::air(fields(15)).write(request.data(), 1, {1, 1}, 1);
  Bytes out;
  if (code != diameter::result::success) {
    diameter::encode_refusal(request, {"hss", "home"}, {code, {}, "no"}, out);
    return out;
  }
  diameter::Aia aia;
  aia.code = code;
  aia.vectors.resize(vectors);
  for (std::size_t i = 0; i < vectors; ++i) {
    aia.vectors[i].rand.fill(static_cast<std::uint8_t>(i));
    aia.vectors[i].xres.fill(0x77);
  }
  diameter::encode_aia(request, {"hss", "home"}, aia, out);
  return out;
}

TEST(LoadAnswer, the_result_is_found_whichever_it_is) {
  for (const diameter::ResultCode code : {diameter::result::success, diameter::result::user_unknown,
                                          diameter::result::authentication_data_unavailable,
                                          diameter::result::unable_to_deliver, diameter::result::missing_avp})
    EXPECT_EQ(scan_result(answer(code, 1)), code) << code.value;
}

TEST(LoadAnswer, vectors_are_read_whole) {
  const auto vectors = read_vectors(answer(diameter::result::success, 5));
  ASSERT_TRUE(vectors);
  ASSERT_EQ(vectors->size(), 5U);
  EXPECT_EQ((*vectors)[4].rand[0], 4);
  EXPECT_EQ((*vectors)[4].xres_size, 8U);
  EXPECT_TRUE(read_vectors(answer(diameter::result::user_unknown, 0))->empty());
}

// Whatever stands in an answer, nothing outside it is read (the sanitizers watch) and nothing is invented.
TEST(LoadAnswer, a_damaged_answer_is_read_within_its_bounds) {
  const Bytes whole = answer(diameter::result::success, 2);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    (void)scan_result(cut);
    (void)read_vectors(cut);
  }
  std::mt19937_64 random(3);
  for (int round = 0; round < 20'000; ++round) {
    Bytes damaged = whole;
    damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    damaged[random() % damaged.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
    (void)scan_result(damaged);
    (void)read_vectors(damaged);
  }
  EXPECT_FALSE(scan_result(ByteView(whole).first(20)));
}

TEST(LoadAnswer, a_vector_without_a_part_is_no_vector) {
  Bytes frame = answer(diameter::result::success, 1);
  const std::array<std::uint8_t, 4> autn_code{0, 0, 0x05, 0xa9};
  const auto at = std::search(frame.begin(), frame.end(), autn_code.begin(), autn_code.end());
  ASSERT_NE(at, frame.end());
  *(at + 3) = 0x00;
  EXPECT_FALSE(read_vectors(frame));
}

TEST(LoadSample, about_as_many_as_wanted_are_sampled) {
  for (const std::uint64_t count : {1ULL, 10ULL, 1000ULL, 1'000'000ULL}) {
    const std::uint64_t mask = sample_mask(count, 100);
    std::uint64_t sampled = 0;
    for (std::uint64_t i = 0; i < count; ++i) sampled += is_sampled(i, mask) ? 1 : 0;
    EXPECT_GE(sampled, std::min<std::uint64_t>(count, 50));
    EXPECT_LE(sampled, std::max<std::uint64_t>(100, count / 100));
  }
  EXPECT_FALSE(is_sampled(0, sample_mask(100, 0)));
}

TEST(LoadPlan, what_can_not_be_run_is_named) {
  LoadPlan right;
  right.first_imsi = "001010000000000";
  ASSERT_TRUE(check_plan(right).ok());
  const auto refused = [&](auto change) {
    LoadPlan plan = right;
    change(plan);
    const Status status = check_plan(plan);
    return !status && status.error().code == Errc::invalid_argument;
  };
  EXPECT_TRUE(refused([](LoadPlan& p) { p.first_imsi = "12a456"; }));
  EXPECT_TRUE(refused([](LoadPlan& p) { p.first_imsi = "999999", p.count = 2; }));
  EXPECT_TRUE(refused([](LoadPlan& p) { p.count = 0; }));
  EXPECT_TRUE(refused([](LoadPlan& p) { p.window = 0; }));
  EXPECT_TRUE(refused([](LoadPlan& p) { p.window = 65'537; }));
  EXPECT_TRUE(refused([](LoadPlan& p) { p.connections = 0; }));
  EXPECT_TRUE(refused([](LoadPlan& p) { p.threads = 2; }));
  EXPECT_TRUE(refused([](LoadPlan& p) { p.airs = 0; }));
  EXPECT_TRUE(refused([](LoadPlan& p) { p.duration_ms = 0; }));
}

TEST(LoadPlan, procedure_ratio_and_waiting_are_read) {
  LoadArguments arguments;
  arguments.plan.first_imsi = "001010000000000";
  arguments.procedure = "mix";
  arguments.ratio = "3:1";
  arguments.plan.rate = 10;
  ASSERT_TRUE(complete_plan(arguments).ok());
  EXPECT_EQ(arguments.plan.airs, 3U);
  EXPECT_EQ(arguments.plan.ulrs, 1U);
  EXPECT_TRUE(arguments.plan.spin);
  for (const char* wrong : {"3", "0:1", "1:0", ":", "a:b", "1:2:3", "1:2 "}) {
    arguments.ratio = wrong;
    EXPECT_FALSE(complete_plan(arguments).ok()) << wrong;
  }
}

TEST(LoadReport, only_success_counts_in_the_rate) {
  LoadResult result;
  result.seconds = 2;
  result.tally.succeeded = 100;
  result.tally.failed = 900;
  for (int i = 0; i < 100; ++i) result.tally.count(diameter::result::success);
  for (int i = 0; i < 900; ++i) result.tally.count(diameter::result::user_unknown);
  EXPECT_DOUBLE_EQ(result.rate(), 50);
  const std::string json = load_json({}, result, std::nullopt);
  EXPECT_NE(json.find("\"rate\":50.0"), std::string::npos) << json;
  EXPECT_NE(json.find("{\"code\":5001,\"experimental\":true,\"count\":900}"), std::string::npos) << json;
}

}  // namespace
}  // namespace simbiont::lab
