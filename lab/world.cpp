#include "lab/world.h"

#include <charconv>

#include "base/digits.h"
#include "lab/csv.h"

namespace simbiont::lab {
namespace {

Error bad_row(const std::string& path, std::size_t row, const std::string& why) {
  return error(Errc::invalid_argument, path + ": row " + std::to_string(row + 1) + ": " + why);
}

Result<Secret> key_of(const std::string& text, std::size_t octets) {
  auto key = Secret::from_hex(text);
  if (!key) return key.error();
  if (key->size() != octets) {
    return error(Errc::invalid_argument, "a key of " + std::to_string(octets) + " octets is wanted");
  }
  return key;
}

Result<KeySlot> slot_of(const CsvTable& table, std::size_t row) {
  const auto parsed = scheme(table.cell(row, "algorithm"));
  if (!parsed) return error(Errc::invalid_argument, "unknown algorithm");
  auto key = key_of(table.cell(row, "key"), key_size(*parsed));
  if (!key) return key.error();
  return KeySlot{table.cell(row, "kme"), *parsed, std::move(*key)};
}

}  // namespace

Result<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  if (text.empty()) return value;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
    return error(Errc::invalid_argument, "'" + std::string(text) + "' is no number");
  }
  return value;
}

Result<World> World::read(const std::string& directory) {
  World world;
  if (auto read = world.read_devices(directory + "/lab-devices.csv"); !read) return read.error();
  if (auto read = world.read_cards(directory + "/lab-cards.csv"); !read) return read.error();
  if (auto read = world.read_bindings(directory + "/bindings.csv"); !read) return read.error();
  return world;
}

Status World::read_cards(const std::string& path) {
  const auto table = CsvTable::read(path);
  if (!table) return table.error();
  for (std::size_t row = 0; row < table->size(); ++row) {
    const auto imsi = Imsi::parse(table->cell(row, "imsi"));
    const auto k = key_of(table->cell(row, "k"), 16);
    const auto opc = key_of(table->cell(row, "opc"), 16);
    const auto seq = parse_number(table->cell(row, "seq"));
    if (!imsi) return bad_row(path, row, imsi.error().message);
    if (!k || !opc) return bad_row(path, row, "k and opc are 32 hexadecimal digits");
    if (!seq) return bad_row(path, row, seq.error().message);
    usim::Usim card({imsi->str(), *k, *opc});
    card.accepted_seq().fill(*seq);
    cards_.insert_or_assign(table->cell(row, "name"), std::move(card));
  }
  return {};
}

Status World::read_devices(const std::string& path) {
  const auto table = CsvTable::read(path);
  if (!table) return table.error();
  for (std::size_t row = 0; row < table->size(); ++row) {
    const std::string& name = table->cell(row, "name");
    const auto imei = Imei::parse(table->cell(row, "imei"));
    if (!imei) return bad_row(path, row, imei.error().message);
    Device& device = devices_[name];
    device.name = name;
    device.imei = imei->str();
    if (table->cell(row, "key").empty()) continue;
    auto slot = slot_of(*table, row);
    if (!slot) return bad_row(path, row, slot.error().message);
    if (device.slots.size() == Device::max_slots) return bad_row(path, row, "too many keys of one device");
    key_names_[name] = slot->id + ", " + table->cell(row, "algorithm");
    device.slots.push_back(std::move(*slot));
  }
  return {};
}

Status World::read_bindings(const std::string& path) {
  const auto table = CsvTable::read(path);
  if (!table) return table.error();
  for (std::size_t row = 0; row < table->size(); ++row) {
    const auto imei = Imei::parse(table->cell(row, "imei"));
    if (!imei) return bad_row(path, row, imei.error().message);
    bindings_[table->cell(row, "imsi")].push_back(imei->str());
  }
  return {};
}

usim::Usim* World::card(std::string_view name) {
  const auto found = cards_.find(name);
  return found == cards_.end() ? nullptr : &found->second;
}

const Device* World::device(std::string_view name) const {
  const auto found = devices_.find(name);
  return found == devices_.end() ? nullptr : &found->second;
}

std::string World::binding_of(std::string_view imsi) const {
  const auto bound = bindings_.find(imsi);
  if (bound == bindings_.end()) return "unbound";
  std::string text;
  for (const std::string& imei : bound->second) {
    if (!text.empty()) text += ", ";
    for (const auto& [name, device] : devices_) {
      if (device.imei != imei) continue;
      const auto key = key_names_.find(name);
      text += name + " (" + (key == key_names_.end() ? "no K_ME" : key->second) + ")";
    }
  }
  return "bound to " + text;
}

}  // namespace simbiont::lab
