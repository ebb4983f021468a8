#include "lab/load_verify.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "lab/load_template.h"
#include "lab/me_crypto.h"
#include "usim/authenticator.h"
#include "usim/milenage.h"

namespace simbiont::lab {
namespace {

struct Sighting {
  std::uint64_t sqn, sent_ns, received_ns;
  std::uint32_t item;
};

std::uint64_t seq(std::uint64_t sqn) { return sqn >> usim::ind_bits; }
std::uint64_t ind(std::uint64_t sqn) { return sqn & (usim::ind_count - 1); }

// SQN under this plain RAND; nullopt when MAC-A does not hold.
std::optional<std::uint64_t> open_autn(const usim::Milenage& functions, const Block& autn) {
  ByteArray<6> sqn = functions.f2_f5().ak;
  for (std::size_t i = 0; i < sqn.size(); ++i) sqn[i] ^= autn[i];
  const auto mac = functions.f1(sqn, {autn[6], autn[7]}).mac_a;
  if (!equal_constant_time(mac, ByteView(autn).subspan(8))) return std::nullopt;
  return load_be(sqn);
}

class Judge {
 public:
  Judge(const LoadCards& cards, const std::string& first_imsi, const Plmn& visited_plmn)
      : cards_(cards), first_imsi_(first_imsi), visited_plmn_(visited_plmn) {}

  void judge(const LoadSample& sample) {
    const auto card = cards_.find(sample.index);
    if (card == cards_.end()) {
      ++verdict.without_key;
      return;
    }
    ++verdict.vectors;
    if (!sample.complete) return blame(sample.index, "the answer lacks a part of a vector");
    if (!rands_.insert(sample.vector.rand).second) return blame(sample.index, "a RAND came twice");
    const std::string problem = judge_vector(sample, card->second);
    if (!problem.empty()) blame(sample.index, problem);
  }

  void judge_order() {
    for (auto& [index, seen] : seen_) judge_order(index, seen);
  }

  LoadVerdict verdict;

 private:
  std::string imsi(std::uint64_t index) const {
    std::string digits(first_imsi_.size(), '0');
    write_digits(reinterpret_cast<std::uint8_t*>(digits.data()), digits.size(),
                 std::stoull(first_imsi_) + index);
    return digits;
  }

  void blame(std::uint64_t index, const std::string& problem) {
    ++verdict.wrong;
    if (verdict.problems.size() < LoadVerdict::max_problems)
      verdict.problems.push_back(imsi(index) + ": " + problem);
  }

  std::string judge_vector(const LoadSample& sample, const LoadCard& card) {
    const LoadVector& vector = sample.vector;
    if (!card.bound) return judge_under(vector.rand, sample, card).value_or("MAC-A is wrong");
    for (const KeySlot& slot : card.slots) {
      if (const auto found = judge_under(decrypt_rand(slot, imsi(sample.index), vector.rand), sample, card))
        return *found;
    }
    return judge_under(vector.rand, sample, card) ? "a plain RAND for a bound IMSI"
                                                  : "MAC-A is wrong under every K_ME";
  }

  // nullopt when MAC-A does not hold under this RAND; else what is wrong, empty when nothing.
  std::optional<std::string> judge_under(const Block& rand, const LoadSample& sample, const LoadCard& card) {
    const LoadVector& vector = sample.vector;
    const usim::Milenage functions(card.k, card.opc, rand);
    const auto sqn = open_autn(functions, vector.autn);
    if (!sqn) return std::nullopt;
    seen_[sample.index].push_back({*sqn, sample.sent_ns, sample.received_ns, sample.item});
    if ((vector.autn[6] & 0x80) == 0) return "the separation bit is off";
    if (!equal_constant_time(functions.f2_f5().res, ByteView(vector.xres).first(vector.xres_size)))
      return "XRES is wrong";
    const auto kasme = derive_kasme(functions.f3(), functions.f4(), visited_plmn_.octets, vector.autn);
    if (!equal_constant_time(kasme, vector.kasme)) return "KASME is wrong";
    return std::string();
  }

  void judge_order(std::uint64_t index, std::vector<Sighting>& seen) {
    std::set<std::uint64_t> sqns;
    for (const Sighting& each : seen) {
      if (!sqns.insert(each.sqn).second) blame(index, "SQN " + std::to_string(each.sqn) + " came twice");
    }
    // In the order of sending; `arrived` are those that were here before the one looked at left.
    std::vector<Sighting> arrivals = seen;
    std::sort(arrivals.begin(), arrivals.end(),
              [](const auto& a, const auto& b) { return a.received_ns < b.received_ns; });
    std::stable_sort(seen.begin(), seen.end(),
                     [](const auto& a, const auto& b) { return a.sent_ns < b.sent_ns; });
    std::map<std::uint64_t, std::uint64_t> highest;  // SEQ by IND
    auto arrived = arrivals.begin();
    const Sighting* last = nullptr;
    for (const Sighting& each : seen) {
      for (; arrived != arrivals.end() && arrived->received_ns <= each.sent_ns; ++arrived) {
        std::uint64_t& top = highest[ind(arrived->sqn)];
        top = std::max(top, seq(arrived->sqn));
      }
      const auto before = highest.find(ind(each.sqn));
      const bool below_last =
          last != nullptr && each.item > 0 && seq(each.sqn) <= seq(last->sqn);  // of the same answer
      if (below_last || (before != highest.end() && seq(each.sqn) <= before->second))
        blame(index, "SQN " + std::to_string(each.sqn) + " does not rise");
      last = &each;
    }
  }

  const LoadCards& cards_;
  const std::string& first_imsi_;
  const Plmn& visited_plmn_;
  std::set<Block> rands_;
  std::map<std::uint64_t, std::vector<Sighting>> seen_;
};

}  // namespace

LoadVerdict verify_samples(const std::vector<LoadSample>& samples, const LoadCards& cards,
                           const std::string& first_imsi, const Plmn& visited_plmn) {
  Judge judge(cards, first_imsi, visited_plmn);
  for (const LoadSample& sample : samples) judge.judge(sample);
  judge.judge_order();
  return std::move(judge.verdict);
}

}  // namespace simbiont::lab
