// A change of the KEKs: new ones, a new data key for each purpose under them, every sealed value sealed anew
// in bounded groups, the old keys dropped when nothing is sealed under them. The state is in the store, so
// whoever opens it next goes on.
#pragma once

#include <optional>

#include "hss/custody.h"

namespace simbiont::hss {

struct RotationTarget {
  KekPlace kek = KekPlace::file;
  KekPlace subscriber_kek = KekPlace::file;
};

// Whether one is under way: some data key is not active, or the old key file is still in the place of the new
// one.
Result<bool> rotation_under_way(store::Store& store, const Custody& custody);
// refused while another one is under way, and when the key file's directory cannot be written.
Status begin_rotation(store::Store& store, Custody& custody, const RotationTarget& target);
// One group; true when there is nothing more to do, and the old keys are gone.
Result<bool> rotation_step(store::Store& store, Custody& custody);
// To its end.
Status finish_rotation(store::Store& store, Custody& custody);

}  // namespace simbiont::hss
