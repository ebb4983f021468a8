// Whose card it is: EF.IMSI (TS 31.102 4.2.2, TS 51.011 10.3.2), read by us when a card comes, and noticed
// when the host reads it, for a card that shows it only after its PIN.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "me/daemon/card.h"

namespace simbiont::me {

// The file's content; nullopt when that is no IMSI.
std::optional<std::string> decode_imsi(ByteView content);

// Moves the card's selected files on the basic channel. refused: the card wants its PIN first; not_found: it
// has no such file.
Result<std::string> read_imsi(Card& card);

// Follows what the host selects on each channel.
class ImsiWatch {
 public:
  void reset() { channels_ = {}; }
  // The IMSI when this exchange was a reading of EF.IMSI.
  std::optional<std::string> on_exchange(ByteView command, ByteView response);

 private:
  struct Channel {
    bool in_usim = false;   // ADF.USIM is current: short file identifier 07 is EF.IMSI there
    bool in_other = false;  // another application is: 6F07 is a file of its own there (EF.IST of an ISIM)
    bool at_imsi = false;   // the current file
  };
  void on_select(Channel& channel, ByteView command);

  std::array<Channel, 20> channels_{};
};

}  // namespace simbiont::me
