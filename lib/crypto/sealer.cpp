#include "crypto/sealer.h"

#include "crypto/gcm.h"

namespace simbiont::crypto {
namespace {

constexpr std::uint8_t version = 1;

class KeySealer final : public Sealer, public InLockedMemory {
 public:
  explicit KeySealer(const Secret& kek) : key_(kek) {}

  Result<Bytes> seal(const Secret& secret, std::string_view context) override {
    return key_.seal(ByteView(&version, 1), context, secret.reveal());
  }
  Result<Secret> open(ByteView sealed, std::string_view context) override {
    if (sealed.empty() || sealed[0] != version)
      return error(Errc::corrupt, "sealed octets have an unknown form");
    return key_.open(1, sealed, context);
  }

 private:
  GcmKey key_;
};

}  // namespace

std::string_view name(Purpose purpose) { return purpose == Purpose::subscriber ? "subscriber" : "device"; }

std::unique_ptr<Sealer> make_key_sealer(const Secret& kek) { return std::make_unique<KeySealer>(kek); }

}  // namespace simbiont::crypto
