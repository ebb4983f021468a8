#include "hss/add.h"

#include <algorithm>

namespace simbiont::hss {
namespace {

constexpr std::size_t max_text = 32;  // what is kept of a malformed IMEI or Software-Version

std::string printable(std::string_view text) {
  std::string out(text.substr(0, max_text));
  for (char& c : out)
    if (c < 0x20 || c > 0x7e) c = '?';
  return out;
}

bool is_associated(const binding::Binding& binding, const Imei& imei) {
  return std::any_of(binding.associations.begin(), binding.associations.end(),
                     [&](const binding::Association& association) { return association.imei == imei; });
}

std::string tac(const Imei& imei) { return imei.str().substr(0, 8); }

// The IMEIs that the IMSI is bound to, the first few of them.
std::string expected(const binding::Binding& binding) {
  constexpr std::size_t most = 4;
  std::string out;
  for (std::size_t i = 0; i < binding.associations.size() && i < most; ++i)
    out += (i == 0 ? "" : ",") + binding.associations[i].imei.str();
  if (binding.associations.size() > most)
    out += " and " + std::to_string(binding.associations.size() - most) + " more";
  return out;
}

}  // namespace

store::PutHistory history_of(const diameter::TerminalInformation& terminal, const std::string& shown,
                             const store::Registration& node, bool authorised, UnixMs now) {
  return {{node.imsi, shown, printable(terminal.software_version), node.host, node.visited_plmn.str(),
           authorised, now, now, 1}};
}

Add read_add(const diameter::TerminalInformation& terminal, const Entry& entry,
             const store::Registration& node, UnixMs now) {
  const binding::Binding& binding = entry.state.binding;
  Add add;
  add.at = now;
  add.imei = Imei::from_signalling(terminal.imei);
  const bool authorised = add.imei && is_associated(binding, *add.imei);
  const std::string shown = add.imei ? add.imei->str() : printable(terminal.imei);
  add.changes.emplace_back(history_of(terminal, shown, node, authorised, now));
  if (add.imei) add.changes.emplace_back(store::SetReported{entry.imsi(), {*add.imei, now}});
  if (authorised || binding.mode == binding::Mode::off) return add;
  const std::string where = "IMEI " + shown + " node " + node.host + " PLMN " + node.visited_plmn.str();
  if (!add.imei) {
    add.events.emplace_back(EventKind::imei_malformed, where);
    return add;
  }
  if (binding.associations.empty()) {
    add.events.emplace_back(EventKind::imei_new, where);
  } else {
    add.events.emplace_back(EventKind::imei_mismatch, where + " expected " + expected(binding));
  }
  const auto& before = binding.reported;
  if (before && before->imei != *add.imei && tac(before->imei) != tac(*add.imei))
    add.events.emplace_back(EventKind::tac_changed, where + " before " + before->imei.str());
  return add;
}

}  // namespace simbiont::hss
