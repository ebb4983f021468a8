#include "me/daemon/commands.h"

#include <array>
#include <charconv>

namespace simbiont::me {
namespace {

constexpr std::array algorithms{"aes128", "aes256", "aes128-imsi"};  // by the library's numbers
constexpr std::array states{"pending", "current", "previous"};

Result<std::uint64_t> epoch_of(const Request& request) {
  const std::string& text = request.get("epoch");
  std::uint64_t epoch = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), epoch);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || epoch == 0)
    return error(Errc::invalid_argument, "an epoch is a number from 1");
  return epoch;
}

Result<Secret> key_of(const Request& request, const char* name) {
  auto key = Secret::from_hex(request.get(name));
  if (!key || (key->size() != 16 && key->size() != 32))
    return error(Errc::invalid_argument, "a key is 32 or 64 hexadecimal digits");
  return key;
}

Result<Json> done(const Status& status) {
  if (!status) return status.error();
  return Json::object();
}

Json row_of(const SlotView& view) {
  const simbiont_me_slot& slot = view.slot;
  return {{"kme", slot.kme},
          {"epoch", slot.epoch},
          {"state", states[slot.state]},
          {"algorithm", algorithms[slot.algorithm]},
          {"scope", slot.scope},
          {"kcv", view.check_value},
          {"key", view.protection}};
}

Result<Json> slots(Device& device) {
  Json rows = Json::array();
  for (const SlotView& view : device.slots()) rows.push_back(row_of(view));
  return rows;
}

Json status(Device& device, const Standing& standing, const BridgeCounts& counts) {
  return {{"imei", device.options().imei},
          {"reader", standing.reader},
          {"card", standing.card},
          {"imsi", device.imsi()},
          {"vpcd", standing.vpcd},
          {"offered", standing.offered},
          {"keystore", standing.keystore},
          {"slots", device.slot_count()},
          {"transport_key", device.has_transport_key()},
          {"try_plain", device.options().try_plain},
          {"memory_locked", standing.memory_locked},
          {"apdus", counts.apdus},
          {"authenticates", counts.authenticates},
          {"proven", counts.proven},
          {"mac_failures", counts.mac_failures},
          {"without_slot", counts.without_slot},
          {"key_failures", counts.key_failures},
          {"problem", standing.problem}};
}

Result<Json> add_slot(const Request& request, Device& device) {
  NewSlot slot;
  const auto epoch = epoch_of(request);
  if (!epoch) return epoch.error();
  const auto algorithm = algorithm_of(request.get("algorithm"));
  if (!algorithm) return algorithm.error();
  auto key = key_of(request, "key");
  if (!key) return key.error();
  if (!request.get("confirm-key").empty()) {
    auto confirm = key_of(request, "confirm-key");
    if (!confirm) return confirm.error();
    slot.confirm_key = *std::move(confirm);
  }
  slot.kme = request.get("kme");
  slot.scope = request.get("scope");
  slot.epoch = *epoch;
  slot.algorithm = *algorithm;
  slot.key = *std::move(key);
  return done(device.add(slot));
}

Result<Json> update(const Request& request, Device& device) {
  const auto octets = from_hex(request.get("update"));
  if (!octets) return error(Errc::invalid_argument, "the update is not hexadecimal");
  return done(device.update(*octets));
}

Result<Json> confirm(const Request& request, Device& device) {
  const auto epoch = epoch_of(request);
  if (!epoch) return epoch.error();
  Block challenge{};
  if (!from_hex(request.get("challenge"), challenge))
    return error(Errc::invalid_argument, "a challenge is 32 hexadecimal digits");
  const auto proof = device.proof(request.get("kme"), *epoch, challenge);
  if (!proof) return proof.error();
  return Json{{"proof", to_hex(*proof)}};
}

Result<Json> of_epoch(const Request& request, Device& device,
                      Status (Device::*act)(const std::string&, std::uint64_t)) {
  const auto epoch = epoch_of(request);
  if (!epoch) return epoch.error();
  return done((device.*act)(request.get("kme"), *epoch));
}

Result<Json> transport_key(const Request& request, Device& device) {
  const auto key = key_of(request, "key");
  if (!key) return key.error();
  return done(device.set_transport_key(*key));
}

}  // namespace

Result<std::uint8_t> algorithm_of(const std::string& name) {
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    if (name == algorithms[i]) return static_cast<std::uint8_t>(i);
  }
  return error(Errc::invalid_argument, "an algorithm is aes128, aes256 or aes128-imsi");
}

const char* code_name(Errc code) {
  constexpr std::array names{"invalid_argument", "not_found", "already_exists", "refused",
                             "unavailable",      "io",        "corrupt"};
  return names[static_cast<std::size_t>(code)];
}

Result<Json> run_command(const Request& request, Device& device, const Standing& standing,
                         const BridgeCounts& counts) {
  const std::string& name = request.command();
  if (name == "status") return status(device, standing, counts);
  if (name == "slots") return slots(device);
  if (name == "add-slot") return add_slot(request, device);
  if (name == "update") return update(request, device);
  if (name == "drop-slot") return of_epoch(request, device, &Device::drop);
  if (name == "make-current") return of_epoch(request, device, &Device::make_current);
  if (name == "rejected") return done(device.gsm_rejected());
  if (name == "confirm") return confirm(request, device);
  if (name == "transport-key") return transport_key(request, device);
  return error(Errc::invalid_argument, "no such command");
}

std::string answer_line(const Result<Json>& result) {
  const Json answer =
      result
          ? Json{{"result", *result}}
          : Json{{"error", {{"code", code_name(result.error().code)}, {"message", result.error().message}}}};
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace simbiont::me
