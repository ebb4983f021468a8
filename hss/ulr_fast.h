// Ordinary ULRs of subscribers at hand, a batch at a time. What it saves against UlrProcedure, its plain twin
// and oracle: the reading of the subscriber from the store and of the request into structures. A ULR that
// says what is stored already is answered at once; one that registers an MME first, or the IMSI's device with
// it, costs its rows. It decides nothing: whatever needs a decision, and all that another MME's registration
// brings with it, is UlrProcedure's.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "diameter/ulr_fast.h"
#include "hss/fast_sender.h"
#include "hss/services.h"
#include "hss/ulr.h"

namespace simbiont::hss {

class UlrFast {
 public:
  UlrFast(Services& services, UlrProcedure& slow);
  UlrFast(const UlrFast&) = delete;
  UlrFast& operator=(const UlrFast&) = delete;

  // True: taken, and at the next finish() at the latest answered or waiting for its commit; the frame must
  // last until then. False: not an ordinary ULR; nothing has happened.
  bool offer(LinkId link, ByteView frame);
  void finish();

 private:
  static constexpr std::size_t batch_size = 16;

  struct Item {
    ByteView frame;
    diameter::OrdinaryUlr ulr;
    std::uint64_t imsi = 0;
    NodeId node = no_node;
    std::uint32_t registrant = 0;
  };
  // A registration that is being made durable.
  struct Registering {
    LinkId link;
    Bytes frame;
    Imsi imsi;
    std::uint32_t serial, registrant;
    bool device_reported;
  };

  std::uint32_t registrant_of(const diameter::OrdinaryUlr& ulr);
  bool handle(const Item& item, UnixMs now);
  void note_evidence(const Item& item, const HotRecord& record, UlrNote& note, UnixMs now);
  void commit(const Item& item, HotRecord& record, const store::PutHistory* history, UnixMs now);
  void registered(const Registering& what, const Status& status);
  void answer(LinkId link, ByteView frame, const diameter::OrdinaryUlr& ulr, const UlrNote& note);

  Services& services_;
  UlrProcedure& slow_;
  FastSender sender_;
  LinkId link_ = 0;
  std::size_t count_ = 0;
  std::array<Item, batch_size> items_;
  // The last one looked up.
  std::string host_, realm_;
  std::uint32_t registrant_ = 0;
  Bytes spare_;  // for a link without a buffer
};

}  // namespace simbiont::hss
