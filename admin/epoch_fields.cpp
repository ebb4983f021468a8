#include "admin/epoch_fields.h"

#include <algorithm>

namespace simbiont::admin {

Result<binding::Kme> find_kme(store::Store& store, const std::string& id) {
  if (auto status = binding::check_kme_id(id); !status) return status.error();
  auto kme = store.kme(id);
  if (!kme) return kme.error();
  // A mistyped key is no id that check_kme_id refuses.
  if (!*kme) return error(Errc::not_found, id.size() < 24 ? "no KME " + id : "no KME of this id");
  return **std::move(kme);
}

Result<binding::EpochNumber> parse_epoch(std::string_view decimal) {
  if (decimal.empty() || decimal.size() > 18 || !all_digits(decimal) || decimal.front() == '0')
    return error(Errc::invalid_argument, "an epoch is a number from 1");
  return std::stoull(std::string(decimal));
}

Result<binding::Epoch> find_epoch(const binding::Kme& kme, binding::EpochNumber number) {
  const binding::Epoch* epoch = kme.find(number);
  if (epoch == nullptr)
    return error(Errc::not_found, "KME " + kme.id + " has no epoch " + std::to_string(number));
  return *epoch;
}

Result<store::Device> find_device_of(store::Store& store, std::string_view imei, const std::string& kme) {
  const auto parsed = Imei::parse(imei);
  if (!parsed) return parsed.error();
  auto device = store.device(*parsed);
  if (!device) return device.error();
  if (!*device) return error(Errc::not_found, "no device " + parsed->str());
  if ((*device)->kme != kme)
    return error(Errc::refused, "device " + parsed->str() + " has KME " + (*device)->kme);
  return **std::move(device);
}

Result<store::DeviceEpoch> find_device_epoch(store::Store& store, const Imei& imei,
                                             binding::EpochNumber epoch) {
  const auto rows = store.device_epochs(imei);
  if (!rows) return rows.error();
  const auto found = std::ranges::find(*rows, epoch, &store::DeviceEpoch::epoch);
  if (found != rows->end()) return *found;
  store::DeviceEpoch none;
  none.epoch = epoch;
  return none;
}

}  // namespace simbiont::admin
