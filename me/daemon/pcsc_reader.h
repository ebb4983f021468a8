// The reader that holds the real card, through pcscd, for us alone.
#pragma once

#include <string>
#include <vector>

#include "me/daemon/card.h"

namespace simbiont::me {

// Of these readers the one of that name, or the only one whose name holds it; the only one there is for "".
// not_found, or refused when there are several.
Result<std::string> choose_reader(const std::vector<std::string>& readers, const std::string& wanted);

class PcscReader final : public Card {
 public:
  explicit PcscReader(std::string wanted) : wanted_(std::move(wanted)) {}
  ~PcscReader() override { shut(); }
  PcscReader(const PcscReader&) = delete;
  PcscReader& operator=(const PcscReader&) = delete;

  // Connects, exclusively. unavailable: pcscd, the reader or its card is not there (yet), or another program
  // has it.
  Status open();
  bool is_open() const { return card_ != 0; }
  // Lets the card go; the next open() connects anew.
  void close();
  // The card is still in; asks pcscd, not the card.
  bool is_present();
  // A cold reset.
  Status reset();
  Result<Bytes> transmit(ByteView command) override;

  const Bytes& atr() const { return atr_; }
  const std::string& name() const { return name_; }  // as pcscd calls it; empty before the first open()

 private:
  Result<std::vector<std::string>> list();
  Status connect();
  Status read_atr();
  void shut();  // the session with pcscd too

  const std::string wanted_;
  std::string name_;
  long context_ = 0, card_ = 0;
  unsigned long protocol_ = 0;
  Bytes atr_;
};

}  // namespace simbiont::me
