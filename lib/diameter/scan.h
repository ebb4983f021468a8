// One pass over a message's or a group's AVPs against the grammar of that command: the checks that all
// messages share, in the order of RFC 6733 7.1, and the first occurrence of every AVP the grammar names.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "diameter/avp_table.h"
#include "diameter/message.h"
#include "diameter/result_code.h"

namespace simbiont::diameter {

// {x} once, [x] at most once, 1*{x}, *[x] of RFC 6733 3.2.
enum class Occurs : std::uint8_t { once, at_most_once, at_least_once, any };

struct Rule {
  const AvpDef& def;
  Occurs occurs;
};

class Grammar {
 public:
  static constexpr std::size_t max_rules = 24;

  constexpr Grammar(std::initializer_list<Rule> rules) {
    for (const Rule& rule : rules) add(rule);
  }
  // The base, with rules added or replaced.
  constexpr Grammar(const Grammar& base, std::initializer_list<Rule> rules) : Grammar(base) {
    for (const Rule& rule : rules) add(rule);
  }

  // Slot of an AVP of the table; none when the grammar does not name it.
  static constexpr std::uint8_t none = 255;
  constexpr std::uint8_t slot(const AvpDef& def) const {
    return static_cast<std::uint8_t>(slot_plus_1_[index_of(def)] - 1);
  }
  constexpr std::uint32_t required() const { return required_; }
  constexpr std::uint32_t single() const { return single_; }
  constexpr const AvpDef& def(std::size_t slot) const { return avp_table[defs_[slot]]; }

 private:
  constexpr void add(const Rule& rule) {
    std::uint8_t at = slot(rule.def);
    if (at == none) {
      at = count_++;
      defs_[at] = static_cast<std::uint8_t>(index_of(rule.def));
      slot_plus_1_[index_of(rule.def)] = count_;
    }
    const std::uint32_t bit = 1U << at;
    required_ &= ~bit;
    single_ &= ~bit;
    if (rule.occurs == Occurs::once || rule.occurs == Occurs::at_least_once) required_ |= bit;
    if (rule.occurs == Occurs::once || rule.occurs == Occurs::at_most_once) single_ |= bit;
  }

  std::array<std::uint8_t, avp_count> slot_plus_1_{};
  std::array<std::uint8_t, max_rules> defs_{};  // positions in avp_table
  std::uint8_t count_ = 0;
  std::uint32_t required_ = 0, single_ = 0;
};

class Scan {
 public:
  explicit Scan(const Grammar& grammar) : grammar_(grammar) {}

  // frame: a whole message. false: refusal() says why. Reserved header bits are 3008.
  bool message(ByteView frame);
  // The AVPs inside a group; a refusal's Failed-AVP shows the offender inside that group.
  bool group(const Avp& group);

  const Avp* find(const AvpDef& def) const {
    const std::uint8_t slot = grammar_.slot(def);
    return slot != Grammar::none && (present_ >> slot & 1U) != 0 ? &found_[slot] : nullptr;
  }
  // 0 or empty when absent.
  std::uint32_t u32(const AvpDef& def) const { return static_cast<std::uint32_t>(load_be(octets(def))); }
  std::string_view text(const AvpDef& def) const { return as_text(octets(def)); }
  ByteView octets(const AvpDef& def) const {
    const Avp* avp = find(def);
    return avp != nullptr ? avp->data : ByteView{};
  }

  // Judgements on values: true when absent or right, otherwise the refusal is set.
  bool has_size(const AvpDef& def, std::size_t octets);
  bool at_most(const AvpDef& def, std::uint32_t highest);
  bool is_identity(const AvpDef& def);              // DiameterIdentity: 1 to 255 printable ASCII characters
  bool refuse(const AvpDef& def, ResultCode code);  // of a present AVP
  bool missing(const AvpDef& def);
  bool refuse(Refusal of_a_group);

  Refusal refusal() { return std::move(refusal_); }

 private:
  bool walk(ByteView avps);
  bool note(const Avp& avp);
  bool judge_occurrences();
  bool refuse(ResultCode code, ByteView failed_avp);

  const Grammar& grammar_;
  const Avp* group_ = nullptr;
  std::array<Avp, Grammar::max_rules> found_;
  std::uint32_t present_ = 0;
  std::size_t echoed_ = 0;       // octets that the answer must repeat
  ByteView repeated_, unknown_;  // whole AVPs: the first too many, the first unknown that is mandatory
  Refusal refusal_;
};

// The shortest valid AVP of this kind, value zero.
Bytes minimum_form(const AvpDef& def);
// Base and S6a rules of header bits (RFC 6733 3): nullopt when right.
std::optional<ResultCode> judge_header_bits(const Header& header);

}  // namespace simbiont::diameter
