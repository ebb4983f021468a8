// Ordinary AIRs of subscribers at hand, a batch at a time. What it saves against AirProcedure, its plain twin
// and oracle: the reading of the request into structures, every allocation, one wait for memory a request
// (the records of a batch are fetched together), and most of the time of a vector (they are made together).
// It decides nothing: whatever needs a decision is AirProcedure's.
#pragma once

#include <array>

#include "diameter/air_fast.h"
#include "hss/air.h"
#include "hss/auc.h"
#include "hss/fast_sender.h"
#include "hss/services.h"

namespace simbiont::hss {

class AirFast {
 public:
  AirFast(Services& services, AirProcedure& slow);
  AirFast(const AirFast&) = delete;
  AirFast& operator=(const AirFast&) = delete;

  // True: taken, and answered at the next finish() at the latest; the frame must last until then. False: not
  // an ordinary AIR; nothing has happened.
  bool offer(LinkId link, ByteView frame);
  void finish();

 private:
  static constexpr std::size_t batch_size = Auc::max_batch / diameter::AiaWriter::max_vectors;

  struct Item {
    ByteView frame;
    diameter::OrdinaryAir air;
    std::uint64_t imsi = 0;
    HotRecord* record = nullptr;  // none: the slow path answers
    NodeId node = no_node;
    unsigned ind = 0;
    std::uint32_t count = 0;
    std::uint64_t first_seq = 0;
  };
  void claim(Item& item, UnixMs now);
  void answer(std::span<Item> items);
  void issue(std::span<Item> items);

  Services& services_;
  AirProcedure& slow_;
  Auc auc_;
  diameter::AiaWriter writer_;
  LinkId link_ = 0;
  std::size_t count_ = 0;
  std::array<Item, batch_size> items_;
  FastSender sender_;
  static constexpr std::uint64_t no_limit = 1000;  // no record counts so far
  const std::uint64_t airs_limit_;  // a record that has come to it is AirProcedure's to look at
  std::array<diameter::EutranVector, Auc::max_batch> vectors_;
  Bytes spare_;  // for a link without a buffer
};

}  // namespace simbiont::hss
