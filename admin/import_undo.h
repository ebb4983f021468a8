// What an import changed, row by row, so that it can be taken back while the HSS goes on answering. Of new
// rows only the key is kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "admin/binding_change.h"
#include "admin/key_map.h"
#include "store/store.h"

namespace simbiont::admin {

class ImportUndo {
 public:
  // Notes what `changes` are about to replace. Called inside Live::transact.
  Status note(store::Store& store, const store::Changes& changes);
  // How much is noted; what was noted since a mark is dropped when its changes failed.
  struct Mark {
    std::size_t subscribers = 0, devices = 0, kmes = 0, former = 0;
    std::size_t rows() const { return subscribers + devices + kmes + former; }
  };
  Mark mark() const { return {subscribers_.size(), devices_.size(), kmes_.size(), former_.size()}; }
  void back_to(const Mark& mark);

  // Appends what takes back the rows noted last, `limit` of them, and gives the mark that is left: back_to it
  // once the changes are committed. Called inside Live::transact.
  Result<Mark> take_back(store::Store& store, Moment moment, std::size_t limit,
                         store::Changes& changes) const;

 private:
  KeyRuns subscribers_, devices_;      // Imsi::key(), Imei::key(): new ones
  std::vector<std::string> kmes_;      // new ones
  std::vector<store::Change> former_;  // puts what was there before
};

}  // namespace simbiont::admin
