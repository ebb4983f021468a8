// Several rows of one IMSI, wherever they stand in the file, are written at once: its binding is never half
// there.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "admin/binding_edit.h"
#include "admin/fields.h"
#include "admin/importer.h"
#include "admin/key_map.h"

namespace simbiont::admin {
namespace {

class Bindings final : public Importer {
 public:
  explicit Bindings(bool replace) : replace_(replace) {}

  std::span<const csv::Column> columns() const override { return binding_columns; }

  Status check(const Row& row, store::Store& store) override {
    const auto imsi = Imsi::parse(row[0]);
    if (!imsi) return imsi.error();
    const auto imei = Imei::parse(row[1]);
    if (!imei) return imei.error();
    const auto mode = parse_bound_mode(row[2]);
    if (!mode) return mode.error();
    if (associations_.size() == std::numeric_limits<std::uint32_t>::max()) {
      return error(Errc::refused, "the file has too many rows");
    }
    std::uint64_t& last = last_of_[imsi->key()];
    if (auto status = last == 0 ? check_imsi(*imsi, *mode, store) : check_against(last, *imei, *mode);
        !status)
      return status;
    if (auto status = check_device(*imei, store); !status) return status;
    associations_.push_back({imei->key(), static_cast<std::uint32_t>(last), *mode});
    last = associations_.size();
    return {};
  }

  Status write(const Row& row, store::Store& store, Moment moment, store::Changes& changes,
               std::vector<std::string>& clr_hosts) override {
    const auto imsi = Imsi::parse(row[0]);
    if (!imsi) return imsi.error();
    std::uint64_t& last = last_of_[imsi->key()];
    if (last == written) return {};
    const auto state = find_subscriber(store, row[0]);
    if (!state) return state.error();
    binding::Binding after = state->binding;
    after.associations.clear();
    after.pool.clear();
    after.mode = associations_[last - 1].mode;
    for (const Imei& imei : imeis_of(last)) {
      if (auto status = associate(store, after, imei); !status) return status;
    }
    last = written;
    std::vector<std::string> hosts;  // of this IMSI: each of its nodes is owed one
    Status done = change_binding(store, *state, std::move(after), moment, changes, hosts);
    clr_hosts.insert(clr_hosts.end(), hosts.begin(), hosts.end());
    return done;
  }

 private:
  static constexpr std::uint64_t written = std::numeric_limits<std::uint64_t>::max();

  struct Entry {
    std::uint64_t imei;
    std::uint32_t previous;  // of the same IMSI, counted from 1; 0: none
    binding::Mode mode;
  };

  Status check_imsi(const Imsi& imsi, binding::Mode mode, store::Store& store) const {
    const auto state = store.subscriber(imsi);
    if (!state) return state.error();
    if (!*state) return error(Errc::not_found, "no subscriber " + imsi.str());
    binding::Binding after = (*state)->binding;
    after.mode = mode;
    if (auto moved = binding::check_move((*state)->binding, after, move_to(mode)); !moved) return moved;
    const bool bound = !(*state)->binding.associations.empty();
    if (bound && !replace_) {
      return error(Errc::already_exists,
                   "subscriber " + imsi.str() + " is bound (--replace replaces its associations)");
    }
    return {};
  }

  Status check_against(std::uint64_t last, const Imei& imei, binding::Mode mode) const {
    if (associations_[last - 1].mode != mode) {
      return error(Errc::invalid_argument, "an earlier row of this IMSI has mode " +
                                               std::string(binding::name(associations_[last - 1].mode)));
    }
    std::size_t count = 0;
    for (std::uint64_t at = last; at != 0; at = associations_[at - 1].previous, ++count) {
      if (associations_[at - 1].imei == imei.key()) {
        return error(Errc::already_exists, "the same IMSI and IMEI stand in an earlier row");
      }
    }
    if (count < store::association_limit) return {};
    return error(Errc::refused,
                 "an IMSI has at most " + std::to_string(store::association_limit) + " associations");
  }

  Status check_device(const Imei& imei, store::Store& store) {
    std::uint64_t& known = known_devices_[imei.key() + 1];
    if (known != 0) return {};
    const auto device = store.device(imei);
    if (!device) return device.error();
    if (!*device) return error(Errc::not_found, "no device " + imei.str());
    if (const auto epoch = active_epoch(store, (*device)->kme); !epoch) return epoch.error();
    known = 1;
    return {};
  }

  std::vector<Imei> imeis_of(std::uint64_t last) const {
    std::vector<Imei> imeis;
    for (std::uint64_t at = last; at != 0; at = associations_[at - 1].previous) {
      imeis.push_back(Imei::from_key(associations_[at - 1].imei));
    }
    std::reverse(imeis.begin(), imeis.end());
    return imeis;
  }

  const bool replace_;
  std::vector<Entry> associations_;
  KeyMap last_of_;  // IMSI -> its last entry of associations_, counted from 1
  KeyMap known_devices_;
};

}  // namespace

std::unique_ptr<Importer> import_bindings(bool replace) { return std::make_unique<Bindings>(replace); }

}  // namespace simbiont::admin
