// The cards and devices of a demonstration: what they hold themselves, read from the lab's own files.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lab/me.h"
#include "usim/usim.h"

namespace simbiont::lab {

class World {
 public:
  // DIRECTORY/lab-cards.csv: name,imsi,k,opc,seq (seq: the highest SEQ the card accepted, under every IND;
  // empty is 0). DIRECTORY/lab-devices.csv: name,imei,kme,algorithm,key (kme to key empty: no K_ME; several
  // rows of a name: slots). DIRECTORY/bindings.csv, imsi,imei,mode: what the operator imported, for display
  // alone.
  static Result<World> read(const std::string& directory);

  // nullptr when there is none of that name.
  usim::Usim* card(std::string_view name);
  const Device* device(std::string_view name) const;
  // "unbound", or the names and K_MEs of the devices: "meter (kme-meter, aes128)".
  std::string binding_of(std::string_view imsi) const;

 private:
  Status read_cards(const std::string& path);
  Status read_devices(const std::string& path);
  Status read_bindings(const std::string& path);

  std::map<std::string, usim::Usim, std::less<>> cards_;
  std::map<std::string, Device, std::less<>> devices_;
  std::map<std::string, std::string, std::less<>> key_names_;              // device to "kme, algorithm"
  std::map<std::string, std::vector<std::string>, std::less<>> bindings_;  // IMSI to IMEIs
};

// "" or a decimal number that fits.
Result<std::uint64_t> parse_number(std::string_view text);

}  // namespace simbiont::lab
