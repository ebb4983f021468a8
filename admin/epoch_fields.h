// What the commands of the life cycle of keys ask for: a KME, one of its epochs, a device.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace simbiont::admin {

// not_found without it, and for what may be a key in the wrong place.
Result<binding::Kme> find_kme(store::Store& store, const std::string& id);
Result<binding::EpochNumber> parse_epoch(std::string_view decimal);
// not_found when the KME has no such epoch.
Result<binding::Epoch> find_epoch(const binding::Kme& kme, binding::EpochNumber number);
// A device of this KME; refused when it has another.
Result<store::Device> find_device_of(store::Store& store, std::string_view imei, const std::string& kme);
// What is known of that device and an epoch of its KME; nothing is a row without proof.
Result<store::DeviceEpoch> find_device_epoch(store::Store& store, const Imei& imei,
                                             binding::EpochNumber epoch);

}  // namespace simbiont::admin
