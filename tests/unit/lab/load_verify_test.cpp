// The judge of sampled vectors, against vectors that the HSS's own libraries made: it shares no source with
// them.
#include "lab/load_verify.h"

#include <gtest/gtest.h>

#include <functional>

#include "aka/milenage.h"
#include "aka/vector.h"
#include "binding/transform.h"

namespace simbiont::lab {
namespace {

const std::string first_imsi = "001010000000000";
const Plmn plmn{{0x62, 0xf2, 0x10}};

Secret key(std::uint8_t fill, std::size_t size = 16) { return Secret(Bytes(size, fill)); }

struct Made {
  std::uint64_t index = 0, seq = 1;
  unsigned ind = 3;
  std::uint8_t rand = 1;
  Scheme scheme = Scheme::aes128;
  std::uint64_t sent = 10, received = 20;
  std::uint32_t item = 0;
};

LoadSample sample(const Made& made, const Secret* k_me) {
  const Secret k = key(0x11), opc = key(0x22);
  aka::PlainRand rand;
  rand.octets.fill(made.rand);
  const auto quantities =
      aka::make_eps_quantities(aka::Milenage(k, opc), rand, aka::Sqn::make(made.seq, made.ind), {0, 0}, plmn);
  aka::WireRand wire = binding::unbound(rand);
  const auto algorithm = made.scheme == Scheme::aes128   ? binding::TransformAlgorithm::aes128
                         : made.scheme == Scheme::aes256 ? binding::TransformAlgorithm::aes256
                                                         : binding::TransformAlgorithm::aes128_imsi;
  std::string imsi = std::to_string(std::stoull(first_imsi) + made.index);
  imsi.insert(0, 15 - imsi.size(), '0');
  if (k_me != nullptr) wire = binding::Transform(algorithm, *k_me, *Imsi::parse(imsi)).apply(rand);
  LoadSample out{made.index, made.sent, made.received, made.item, true, {}};
  out.vector.rand = wire.octets;
  out.vector.autn = quantities.autn;
  out.vector.kasme = quantities.kasme;
  std::copy(quantities.xres.begin(), quantities.xres.end(), out.vector.xres.begin());
  out.vector.xres_size = quantities.xres.size();
  return out;
}

LoadCards cards(const Secret* k_me, Scheme scheme = Scheme::aes128) {
  LoadCard card{key(0x11), key(0x22), k_me != nullptr, {}};
  if (k_me != nullptr) card.slots.push_back({"fleet", scheme, *k_me});
  return {{0, card}, {7, card}};
}

LoadVerdict judged(const std::vector<LoadSample>& samples, const LoadCards& keys) {
  return verify_samples(samples, keys, first_imsi, plmn);
}

TEST(LoadVerify, right_vectors_are_right_under_every_algorithm) {
  for (const Scheme scheme : {Scheme::aes128, Scheme::aes256, Scheme::aes128_imsi}) {
    const Secret k_me = key(0x33, key_size(scheme));
    const auto verdict = judged({sample({0, 1, 3, 1, scheme}, &k_me), sample({7, 1, 3, 2, scheme}, &k_me)},
                                cards(&k_me, scheme));
    EXPECT_EQ(verdict.vectors, 2U);
    EXPECT_EQ(verdict.wrong, 0U) << (verdict.problems.empty() ? "" : verdict.problems.front());
  }
  EXPECT_EQ(judged({sample({}, nullptr)}, cards(nullptr)).wrong, 0U);
}

TEST(LoadVerify, another_k_me_and_no_k_me_are_wrong) {
  const Secret k_me = key(0x33), other = key(0x34);
  auto verdict = judged({sample({}, &other)}, cards(&k_me));
  EXPECT_EQ(verdict.wrong, 1U);
  EXPECT_EQ(verdict.problems.at(0), "001010000000000: MAC-A is wrong under every K_ME");
  verdict = judged({sample({}, nullptr)}, cards(&k_me));
  EXPECT_EQ(verdict.wrong, 1U);
  EXPECT_EQ(verdict.problems.at(0), "001010000000000: a plain RAND for a bound IMSI");
  EXPECT_EQ(judged({sample({}, &k_me)}, cards(nullptr)).wrong, 1U);
}

TEST(LoadVerify, one_wrong_bit_anywhere_is_found) {
  const Secret k_me = key(0x33);
  const std::vector<std::pair<const char*, std::function<void(LoadVector&)>>> damages{
      {"RAND", [](LoadVector& v) { v.rand[15] ^= 1; }},
      {"SQN", [](LoadVector& v) { v.autn[5] ^= 1; }},
      {"AMF", [](LoadVector& v) { v.autn[7] ^= 1; }},
      {"MAC", [](LoadVector& v) { v.autn[15] ^= 1; }},
      {"XRES", [](LoadVector& v) { v.xres[7] ^= 1; }},
      {"XRES size", [](LoadVector& v) { v.xres_size = 7; }},
      {"KASME", [](LoadVector& v) { v.kasme[31] ^= 0x80; }}};
  for (const auto& [what, damage] : damages) {
    LoadSample damaged = sample({}, &k_me);
    damage(damaged.vector);
    EXPECT_EQ(judged({damaged}, cards(&k_me)).wrong, 1U) << what;
  }
  LoadSample incomplete = sample({}, &k_me);
  incomplete.complete = false;
  EXPECT_EQ(judged({incomplete}, cards(&k_me)).wrong, 1U);
}

TEST(LoadVerify, sqns_and_rands_that_come_again_are_wrong) {
  const Secret k_me = key(0x33);
  const auto wrong = [&](const Made& a, const Made& b) {
    return judged({sample(a, &k_me), sample(b, &k_me)}, cards(&k_me)).wrong;
  };
  const Made first{.seq = 5, .rand = 1, .sent = 10, .received = 20};
  EXPECT_EQ(wrong(first, {.seq = 6, .rand = 2, .sent = 30, .received = 40}), 0U);
  EXPECT_EQ(wrong(first, {.seq = 6, .rand = 1, .sent = 30, .received = 40}), 1U) << "RAND again";
  EXPECT_EQ(wrong(first, {.seq = 5, .rand = 2, .sent = 15, .received = 25}), 1U) << "SQN again";
  EXPECT_EQ(wrong(first, {.seq = 4, .rand = 2, .sent = 30, .received = 40}), 1U) << "SQN falls";
  EXPECT_EQ(wrong(first, {.seq = 4, .rand = 2, .sent = 15, .received = 40}), 0U) << "in flight together";
  EXPECT_EQ(wrong(first, {.seq = 4, .ind = 9, .rand = 2, .sent = 30, .received = 40}), 0U) << "another IND";
  EXPECT_EQ(wrong(first, {.index = 7, .seq = 4, .rand = 2, .sent = 30, .received = 40}), 0U)
      << "another IMSI";
  EXPECT_EQ(wrong(first, {.seq = 4, .rand = 2, .sent = 10, .received = 20, .item = 1}), 1U)
      << "within an answer";
  EXPECT_EQ(wrong(first, {.seq = 6, .rand = 2, .sent = 10, .received = 20, .item = 1}), 0U);
}

TEST(LoadVerify, what_has_no_key_is_counted_and_not_judged) {
  const Secret k_me = key(0x33);
  const auto verdict = judged({sample({.index = 1}, &k_me)}, cards(&k_me));
  EXPECT_EQ(verdict.vectors, 0U);
  EXPECT_EQ(verdict.without_key, 1U);
}

}  // namespace
}  // namespace simbiont::lab
