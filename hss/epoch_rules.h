// The epoch in force of an IMSI by DESIGN 4, over what the store says of its devices and their KMEs. Of one
// moment: made for one decision, and gone after it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace simbiont::hss {

// A proof that is committed in the same group as what is decided here.
struct FreshProof {
  Imei imei;
  binding::EpochNumber epoch = 1;
  bool active = false;
};

class EpochRules {
 public:
  explicit EpochRules(store::Store& store, std::optional<FreshProof> fresh = {})
      : store_(store), fresh_(fresh) {}

  // Sets epoch and `confirmed` of each association of `after`, which takes the place of `before`:
  // - of a KME that the IMSI has already: the epoch in force, which rises to the ACTIVE one when all its
  //   devices of that KME have confirmed it, or when it is not in use any more; it never falls;
  // - of a KME that is new to it: the ACTIVE epoch, or the RETIRING one when the devices have confirmed only
  //   that.
  // refused when a new KME has no epoch in use.
  Status settle(const store::Subscriber& subscriber, const binding::Binding& before, binding::Binding& after);

  // A REVOKED pair is nobody's former one: the vectors made under it are called back.
  Status forget_revoked(binding::Binding& binding);
  // Whether a pair of `before` that nobody may use any more, since it is REVOKED, is in `after` no longer.
  Result<bool> drops_revoked(const binding::Binding& before, const binding::Binding& after);

 private:
  Result<const binding::Kme*> kme(const std::string& id);  // nullptr: there is none
  Result<bool> has_confirmed(const Imei& imei, binding::EpochNumber epoch, bool sim);
  Result<binding::EpochNumber> choose(const std::string& id, std::optional<binding::EpochNumber> in_force,
                                      const std::vector<Imei>& devices, bool sim);
  Result<std::size_t> count_confirmed(const std::vector<Imei>& devices, const binding::Epoch* epoch,
                                      bool sim);
  Result<bool> is_revoked(const binding::KeyPair& pair);

  store::Store& store_;
  const std::optional<FreshProof> fresh_;
  std::map<std::string, std::optional<binding::Kme>, std::less<>> kmes_;
  std::map<Imei, std::vector<store::DeviceEpoch>> rows_;
};

}  // namespace simbiont::hss
