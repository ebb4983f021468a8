// The HSS without its sockets: Diameter requests in, answers and requests of its own out through an Outlet.
// One thread.
#pragma once

#include <string>
#include <vector>

#include "hss/air.h"
#include "hss/air_fast.h"
#include "hss/clr.h"
#include "hss/deadlines.h"
#include "hss/eap.h"
#include "hss/ecr.h"
#include "hss/nor.h"
#include "hss/pur.h"
#include "hss/services.h"
#include "hss/ulr.h"
#include "hss/ulr_fast.h"
#include "hss/updates.h"

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
  // An answer to nothing we wait for is ignored (RFC 6733 6.2.1).
  void on_answer(LinkId link, ByteView frame) {
    if (!clr_.on_answer(link, frame)) (void)updates_.on_answer(link, frame);
  }
  // rule: of the peer's list; it outlives the core.
  void link_up(LinkId link, std::string_view peer_host, const PeerRule* rule = nullptr);
  void link_down(LinkId link);
  // Before the first request: what time has done since the last process.
  Status catch_up() { return deadlines_.catch_up(); }
  // A few times a second, and after a commit.
  void on_time() {
    deadlines_.on_time();
    clr_.on_time();
    updates_.on_time();
    services_.token.on_time();
    services_.settle_events();
  }

  // An administrator's group was committed: nothing of what it touches is served from the cache any more, and
  // what it owes to nodes goes out at the next on_time().
  void committed(const store::Changes& changes);
  void replaced();  // the same for the whole store
  // Where keys in a token are used; nullptr: nowhere. It outlives the core.
  void use_token(TokenDesk* desk) { services_.token.use(desk); }
  // Keys that could not be opened can be now, or the other way round.
  void custody_changed() { services_.cache.forget_keys(); }
  std::vector<std::string> reachable_hosts() const { return services_.routes.hosts(); }

 private:
  void run(const Request& request);
  bool may_pass(LinkId link, ByteView frame);

  Services services_;
  ClrProcedure clr_;
  UpdateProcedure updates_;
  Modes modes_;
  Deadlines deadlines_;
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
