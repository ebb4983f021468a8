#include "binding/association.h"

#include <algorithm>
#include <array>
#include <utility>

namespace simbiont::binding {
namespace {

constexpr std::array<std::pair<Mode, std::string_view>, 4> mode_names{{
    {Mode::off, "off"},
    {Mode::observe, "observe"},
    {Mode::learn, "learn"},
    {Mode::enforce, "enforce"},
}};

const Association* associated(const Binding& binding, const std::optional<Hint>& hint) {
  if (!hint) return nullptr;
  const auto at = std::ranges::find(binding.associations, hint->imei, &Association::imei);
  return at == binding.associations.end() || !at->confirmed ? nullptr : &*at;
}

const Kme* find_kme(const std::vector<const Kme*>& kmes, std::string_view id) {
  const auto at = std::ranges::find_if(kmes, [&](const Kme* kme) { return kme != nullptr && kme->id == id; });
  return at == kmes.end() ? nullptr : *at;
}

// Vectors of a RETIRED epoch may be out there for their life; its key is erased after it. Of a REVOKED one
// they were called back.
bool may_resync(const Epoch& epoch) {
  return usable(epoch.state) || (epoch.state == EpochState::retired && !epoch.key.empty());
}

// The list that resynchronisation tries: each pair once, only what may still be used, and no more than the
// limit.
class Trials {
 public:
  explicit Trials(const std::vector<const Kme*>& kmes) : kmes_(kmes) {}

  void add(const KeyPair& pair) {
    const Kme* kme = find_kme(kmes_, pair.kme);
    const Epoch* epoch = kme == nullptr ? nullptr : kme->find(pair.epoch);
    if (epoch == nullptr || !may_resync(*epoch) || pairs_.size() == max_resync_pairs) return;
    if (std::ranges::find(pairs_, pair) == pairs_.end()) pairs_.push_back(pair);
  }

  // The epoch in force, then whatever else of its KME may be used.
  void add_all_of(const Association& association) {
    add({association.kme, association.epoch});
    const Kme* kme = find_kme(kmes_, association.kme);
    if (kme == nullptr) return;
    for (const EpochState state : {EpochState::active, EpochState::retiring}) {
      if (const Epoch* epoch = kme->in_state(state)) add({association.kme, epoch->number});
    }
  }

  std::vector<KeyPair> take() { return std::move(pairs_); }

 private:
  const std::vector<const Kme*>& kmes_;
  std::vector<KeyPair> pairs_;
};

}  // namespace

std::string_view name(Mode m) {
  for (const auto& [value, text] : mode_names) {
    if (value == m) return text;
  }
  return "?";
}

std::optional<Mode> mode(std::string_view text) {
  for (const auto& [value, known] : mode_names) {
    if (known == text) return value;
  }
  return std::nullopt;
}

bool share_one_kme(const std::vector<Association>& associations) {
  return std::ranges::all_of(associations,
                             [&](const Association& a) { return a.kme == associations.front().kme; });
}

const Association* select_association(const Binding& binding) {
  const auto confirmed = std::ranges::find_if(binding.associations, &Association::confirmed);
  if (confirmed == binding.associations.end()) return nullptr;
  const Association* first = &*confirmed;
  const bool one_kme = std::ranges::all_of(
      binding.associations, [&](const Association& a) { return !a.confirmed || a.kme == first->kme; });
  if (one_kme) return first;
  if (const Association* reported = associated(binding, binding.reported)) return reported;
  if (const Association* evident = associated(binding, binding.evidence)) return evident;
  return first;
}

std::vector<KeyPair> resync_pairs(const Binding& binding, const std::optional<KeyPair>& last_vector,
                                  const std::vector<const Kme*>& kmes) {
  Trials trials(kmes);
  if (last_vector) trials.add(*last_vector);
  if (const auto& trial = binding.learning.trial; trial && binding.mode == Mode::learn)
    trials.add({trial->kme, trial->epoch});
  if (const Association* selected = select_association(binding)) trials.add({selected->kme, selected->epoch});
  for (const Association& association : binding.associations) trials.add_all_of(association);
  for (const KeyPair& pair : binding.former) trials.add(pair);
  return trials.take();
}

bool resync_tries_plain(const Binding& binding, UnixMs now, std::int64_t vector_life_ms) {
  if (issues_plain(binding.mode)) return true;
  return binding.left_plain_at != 0 && now - binding.left_plain_at < vector_life_ms;
}

}  // namespace simbiont::binding
