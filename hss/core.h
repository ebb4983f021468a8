// The HSS without its sockets: Diameter requests in, answers and CLRs out through an Outlet. One thread.
#pragma once

#include <string>
#include <vector>

#include "hss/air.h"
#include "hss/air_fast.h"
#include "hss/clr.h"
#include "hss/eap.h"
#include "hss/ecr.h"
#include "hss/nor.h"
#include "hss/pur.h"
#include "hss/services.h"
#include "hss/ulr.h"
#include "hss/ulr_fast.h"

namespace simbiont::hss {

class Core {
 public:
  Core(const CoreConfig& config, store::Store& store, const Clock& clock, crypto::RandomSource& random,
       Committer& committer, Outlet& outlet);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // An application request or answer, well framed; every request is answered through the outlet, now or
  // later.
  void on_request(LinkId link, ByteView frame) {
    collect(link, frame);
    finish();
  }
  // The same for many requests of one read: the answer to some is put off until finish(), and their frames
  // must last until then. No other function may be called in between.
  void collect(LinkId link, ByteView frame);
  void finish() {
    air_fast_.finish();
    ulr_fast_.finish();
  }
  // A datagram of an EAP server (eap_message.h); the answer goes to eap_link.
  void on_eap(ByteView frame) { eap_.run({eap_link, frame}); }
  void on_answer(LinkId link, ByteView frame) { clr_.on_answer(link, frame); }
  // rule: of the peer's list; it outlives the core.
  void link_up(LinkId link, std::string_view peer_host, const PeerRule* rule = nullptr);
  void link_down(LinkId link);
  void on_time() { clr_.on_time(); }  // a few times a second, and after a commit

  // An administrator's group was committed: nothing of what it touches is served from the cache any more, and
  // CLRs that it owes go out at the next on_time().
  void committed(const store::Changes& changes);
  void replaced();  // the same for the whole store
  std::vector<std::string> reachable_hosts() const { return services_.routes.hosts(); }

 private:
  void run(const Request& request);
  bool may_pass(LinkId link, ByteView frame);

  Services services_;
  ClrProcedure clr_;
  AirProcedure air_;
  AirFast air_fast_;
  UlrProcedure ulr_;
  UlrFast ulr_fast_;
  PurProcedure pur_;
  NorProcedure nor_;
  EcrProcedure ecr_;
  EapProcedure eap_;
};

}  // namespace simbiont::hss
