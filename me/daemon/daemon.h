// The decryptor: holds the real card, offers it in the virtual reader, and starts anew with whatever goes
// away.
#pragma once

#include <memory>
#include <string>

#include "me/daemon/bridge.h"
#include "me/daemon/commands.h"
#include "me/daemon/control.h"
#include "me/daemon/pcsc_reader.h"
#include "usim/vpcd_link.h"

namespace simbiont::me {

struct DaemonOptions {
  std::string reader;  // its name or a part that no other's has
  sockaddr_in vpcd{};
  std::string vpcd_text, socket, keystore;
  bool memory_locked = false;
};

class Daemon {
 public:
  Daemon(Device& device, const DaemonOptions& options);

  // Until signals, a signalfd, has something.
  Status run(int signals);

 private:
  void look_after();  // every quarter of a second, and after each loss
  void open_card();
  void offer_card();
  void lose_card(const Error& why);
  void serve_vpcd();
  bool first_asked();
  Status serve_message(ByteView message);
  Status serve_control(usim::VpcdControl control);
  void set_problem(const std::string& problem);
  Standing standing() const;

  Device& device_;
  const DaemonOptions options_;
  PcscReader reader_;
  usim::VpcdLink link_;
  Bridge bridge_;
  ControlServer control_;
  bool asked_ = false;  // by vpcd, since the card was offered
  MonotonicMs opened_at_ = 0;
  bool used_ = false;  // since its last reset: files may be selected, a PIN may be open
  std::string problem_;
};

}  // namespace simbiont::me
