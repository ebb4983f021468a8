#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "diameter/peer_table.h"
#include "peer_fixture.h"

namespace simbiont::diameter::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Peer, responder_opens_on_a_cer_that_shares_s6a) {
  Station station;
  station.read(cer());
  EXPECT_EQ(station.peer->state(), PeerState::open);
  EXPECT_EQ(station.owner.opened, 1);
  EXPECT_THAT(station.owner.admitted, ElementsAre("mme.visited.net visited.net"));
  EXPECT_EQ(station.peer->host(), "mme.visited.net");
  EXPECT_EQ(station.peer->realm(), "visited.net");
  EXPECT_FALSE(station.peer->is_relay());
  const auto written = station.written();
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_THAT(avp_names(written[0]),
              ElementsAre("Result-Code", "Origin-Host", "Origin-Realm", "Host-IP-Address", "Vendor-Id",
                          "Product-Name", "Origin-State-Id", "Supported-Vendor-Id",
                          "Vendor-Specific-Application-Id"));
  EXPECT_EQ(result_of(written[0]), 2001U);
  EXPECT_EQ(to_hex(find(written[0], avp::origin_state_id)->data), "0000004d");
  EXPECT_EQ(to_hex(find(written[0], avp::host_ip_address)->data), "00010a000001");
  const Header header = read_header(written[0]);
  EXPECT_EQ(header.flags, 0);
  EXPECT_EQ(header.application, 0U);
  EXPECT_EQ(header.hop_by_hop, 0x101U);
  EXPECT_EQ(header.end_to_end, 0x202U);
}

TEST(Peer, application_is_found_wherever_rfc_6733_lets_it_stand) {
  const Bytes bare = without(cer(), avp::vendor_specific_application_id);
  const auto opens = [](const Bytes& frame) {
    Station station;
    station.read(frame);
    return station.peer->state() == PeerState::open;
  };
  EXPECT_FALSE(opens(bare));
  EXPECT_TRUE(opens(with(bare, u32_avp(avp::auth_application_id, app_s6a))));
  EXPECT_TRUE(opens(with(bare, u32_avp(avp::auth_application_id, app_relay))));
  EXPECT_TRUE(opens(with(bare, u32_avp(avp::acct_application_id, app_relay))));
  EXPECT_FALSE(opens(with(bare, u32_avp(avp::acct_application_id, app_s6a))));
  EXPECT_TRUE(opens(with(with(bare, u32_avp(avp::auth_application_id, 4)),
                         plain_avp(avp::vendor_specific_application_id,
                                   joined({u32_avp(avp::vendor_id, vendor_3gpp), u32_avp(avp::vendor_id, 0),
                                           u32_avp(avp::auth_application_id, app_s6a)})))));
}

TEST(Peer, relay_is_known_as_relay) {
  Station station;
  station.read(cer(only_relay));
  EXPECT_EQ(station.peer->state(), PeerState::open);
  EXPECT_TRUE(station.peer->is_relay());
  EXPECT_THAT(station.owner.admitted, ElementsAre("mme.visited.net visited.net relay"));
}

struct RefusedCer {
  const char* what;
  Bytes frame;
  ResultCode verdict;
  std::uint32_t result;
  std::string failed_avp;  // hexadecimal
};

TEST(Peer, failed_cer_is_answered_and_closes) {
  Bytes version_2 = cer(), reserved_bit = cer();
  version_2[0] = 2;
  reserved_bit[4] |= 1;
  const RefusedCer cases[] = {
      {"no common application", cer(only_gx), result::success, 5010, ""},
      {"the owner says no", cer(), result::unknown_peer, 3010, ""},
      {"unknown version", version_2, result::success, 5011, ""},
      {"reserved header bit", reserved_bit, result::success, 3008, ""},
      {"no Origin-Host", without(cer(), avp::origin_host), result::success, 5005, "0000010840000008"},
      {"no Host-IP-Address", without(cer(), avp::host_ip_address), result::success, 5005,
       "000001014000000e0000000000000000"},
      {"Origin-Host of no characters", replaced(cer(), avp::origin_host, plain_avp(avp::origin_host, {})),
       result::success, 5004, "0000010840000008"},
      {"unknown mandatory AVP", with(cer(), hex("00002710 40 00000c 00000001")), result::success, 5001,
       "000027104000000c00000001"},
  };
  for (const RefusedCer& each : cases) {
    SCOPED_TRACE(each.what);
    Station station;
    station.owner.verdict = each.verdict;
    station.read(joined({each.frame, air_frame()}));
    EXPECT_EQ(station.peer->state(), PeerState::closed);
    EXPECT_EQ(station.owner.opened, 0);
    EXPECT_THAT(station.owner.closed, SizeIs(1));
    EXPECT_THAT(station.owner.requests, IsEmpty());
    const auto written = station.written();
    ASSERT_THAT(written, SizeIs(1));
    EXPECT_EQ(result_of(written[0]), each.result);
    EXPECT_EQ((read_header(written[0]).flags & Header::error_bit) != 0, each.result / 1000 == 3);
    EXPECT_EQ(read_header(written[0]).command, 257U);
    const auto failed = find(written[0], avp::failed_avp);
    EXPECT_EQ(failed ? to_hex(failed->data) : "", each.failed_avp);
  }
}

TEST(Peer, initiator_opens_on_cea) {
  Station station(Peer::Role::initiator);
  const auto sent = station.written();
  ASSERT_THAT(sent, SizeIs(1));
  const auto capabilities = decode_cer(sent[0]);
  ASSERT_TRUE(capabilities.message);
  EXPECT_EQ(capabilities.message->origin_host, hss.host);
  EXPECT_EQ(capabilities.message->origin_state_id, 77U);
  EXPECT_TRUE(capabilities.message->offers(app_s6a));
  EXPECT_FALSE(capabilities.message->relay);
  station.read(cea_to(sent[0]));
  EXPECT_EQ(station.peer->state(), PeerState::open);
  EXPECT_EQ(station.owner.opened, 1);
  EXPECT_EQ(station.peer->host(), "mme.visited.net");
  EXPECT_THAT(station.written(), IsEmpty());
}

TEST(Peer, initiator_closes_on_a_cea_it_cannot_use) {
  const auto closes_with = [](const std::function<Bytes(const Bytes&)>& answer, ResultCode verdict) {
    Station station(Peer::Role::initiator);
    station.owner.verdict = verdict;
    station.read(answer(station.written()[0]));
    EXPECT_EQ(station.peer->state(), PeerState::closed);
    EXPECT_THAT(station.written(), IsEmpty());
    return station.owner.closed.empty() ? "" : station.owner.closed[0];
  };
  EXPECT_EQ(closes_with(
                [](const Bytes& cer) {
                  return cea_to(cer, only_s6a, {result::no_common_application, {}, ""});
                },
                result::success),
            "CEA refused with 5010");
  EXPECT_EQ(closes_with([](const Bytes& cer) { return cea_to(cer, only_gx); }, result::success),
            "CEA refused with 5010");
  EXPECT_EQ(closes_with([](const Bytes& cer) { return cea_to(cer); }, result::unknown_peer),
            "CEA refused with 3010");
  EXPECT_EQ(
      closes_with([](const Bytes& cer) { return without(cea_to(cer), avp::result_code); }, result::success),
      "CEA refused with 5005");
  EXPECT_EQ(closes_with([](const Bytes&) { return air_frame(); }, result::success), "request before CEA");
}

TEST(Peer, anything_before_cer_closes_unanswered) {
  for (const Bytes& frame : {air_frame(), dwr(), dpr(), cla_frame(), dwa(), dpa(), cea_to(cer())}) {
    Station station;
    station.read(frame);
    EXPECT_EQ(station.peer->state(), PeerState::closed);
    EXPECT_THAT(station.owner.closed, SizeIs(1));
    EXPECT_THAT(station.written(), IsEmpty());
  }
}

TEST(Peer, second_cer_of_the_same_host_is_answered_and_of_another_closes) {
  const auto station = open_station();
  station->read(cer(only_s6a, {"MME.Visited.Net", "visited.net"}));
  EXPECT_EQ(station->peer->state(), PeerState::open);
  EXPECT_EQ(station->owner.opened, 1);
  auto written = station->written();
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_EQ(result_of(written[0]), 2001U);
  station->read(cer(only_s6a, {"other.visited.net", "visited.net"}));
  EXPECT_EQ(station->peer->state(), PeerState::closed);
  written = station->written();
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_EQ(result_of(written[0]), 3010U);
  EXPECT_EQ(station->peer->host(), "MME.Visited.Net");
}

TEST(Peer, dwr_is_answered_with_origin_state_id) {
  const auto station = open_station();
  station->read(dwr());
  const auto written = station->written();
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_THAT(avp_names(written[0]),
              ElementsAre("Result-Code", "Origin-Host", "Origin-Realm", "Origin-State-Id"));
  EXPECT_EQ(result_of(written[0]), 2001U);
  EXPECT_EQ(read_header(written[0]).hop_by_hop, 0x103U);
}

TEST(Peer, faulty_base_requests_are_answered_and_the_connection_stays) {
  struct {
    Bytes frame;
    std::uint32_t result;
  } const cases[] = {
      {without(dwr(), avp::origin_host), 5005},
      {with(dwr(), hex("00002710 40 000008")), 5001},
      {with(dwr(), u32_avp(avp::origin_state_id, 1)), 5009},
      {with(dwr(), hex("00000116 40 00000a 0000 0000")), 5014},
      {without(dpr(), avp::disconnect_cause), 5005},
      {replaced(dpr(), avp::disconnect_cause, u32_avp(avp::disconnect_cause, 3)), 5004},
  };
  const auto station = open_station();
  for (const auto& each : cases) {
    station->read(each.frame);
    const auto written = station->written();
    ASSERT_THAT(written, SizeIs(1));
    EXPECT_EQ(result_of(written[0]), each.result);
    EXPECT_FALSE(read_header(written[0]).is_request());
    EXPECT_EQ(read_header(written[0]).command, read_header(each.frame).command);
    EXPECT_TRUE(find(written[0], avp::failed_avp));
    EXPECT_EQ(station->peer->state(), PeerState::open);
  }
}

TEST(Peer, unknown_version_is_answered_5011_and_the_connection_stays) {
  const auto station = open_station();
  Bytes odd = air_frame();
  odd[0] = 3;
  station->read(joined({odd, air_frame()}));
  const auto written = station->written();
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_EQ(result_of(written[0]), 5011U);
  EXPECT_EQ(written[0][0], 1);
  EXPECT_THAT(station->owner.requests, SizeIs(1));
  odd[4] = 0;
  station->read(odd);
  EXPECT_THAT(station->written(), IsEmpty());
}

TEST(Peer, idle_connection_is_probed_and_closed_when_silent) {
  const auto station = open_station();
  EXPECT_EQ(station->peer->deadline(), station->now + 30'000);
  station->pass(29'999);
  EXPECT_THAT(station->written(), IsEmpty());
  station->pass(1);
  EXPECT_EQ(station->peer->state(), PeerState::suspect);
  EXPECT_TRUE(station->peer->is_open());
  const auto written = station->written();
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_EQ(read_header(written[0]).command, 280U);
  EXPECT_TRUE(read_header(written[0]).is_request());
  EXPECT_THAT(avp_names(written[0]), ElementsAre("Origin-Host", "Origin-Realm", "Origin-State-Id"));
  station->pass(29'999);
  EXPECT_EQ(station->peer->state(), PeerState::suspect);
  station->pass(1);
  EXPECT_EQ(station->peer->state(), PeerState::closed);
  EXPECT_THAT(station->owner.closed, ElementsAre("no answer to DWR"));
}

TEST(Peer, any_message_ends_suspicion_and_winds_the_watchdog) {
  for (const Bytes& message : {dwa(), air_frame(), cla_frame(), dwr()}) {
    const auto station = open_station();
    station->pass(30'000);
    station->pass(10'000);
    station->read(message);
    EXPECT_EQ(station->peer->state(), PeerState::open);
    EXPECT_EQ(station->peer->deadline(), station->now + 30'000);
  }
}

TEST(Peer, silent_connector_is_closed) {
  for (const auto role : {Peer::Role::responder, Peer::Role::initiator}) {
    Station station(role);
    station.written();
    station.pass(4'999);
    EXPECT_THAT(station.owner.closed, IsEmpty());
    station.pass(1);
    EXPECT_THAT(station.owner.closed, SizeIs(1));
    EXPECT_THAT(station.written(), IsEmpty());
  }
}

TEST(Peer, dpr_is_answered_then_closed) {
  const auto station = open_station();
  station->read(joined({dpr(), air_frame()}));
  const auto written = station->written();
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_EQ(read_header(written[0]).command, 282U);
  EXPECT_EQ(result_of(written[0]), 2001U);
  EXPECT_THAT(station->owner.closed, ElementsAre("disconnected by the peer"));
  EXPECT_THAT(station->owner.requests, IsEmpty());
}

TEST(Peer, disconnect_sends_dpr_turns_requests_away_and_closes_at_dpa) {
  const auto station = open_station();
  station->peer->disconnect(0, station->now);
  auto written = station->written();
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_EQ(read_header(written[0]).command, 282U);
  EXPECT_EQ(to_hex(find(written[0], avp::disconnect_cause)->data), "00000000");
  EXPECT_FALSE(station->peer->is_open());

  station->read(joined({air_frame(), dwr(), cla_frame()}));
  written = station->written();
  ASSERT_THAT(written, SizeIs(2));
  EXPECT_EQ(result_of(written[0]), 3002U);
  EXPECT_EQ(result_of(written[1]), 2001U);
  EXPECT_THAT(station->owner.requests, IsEmpty());
  EXPECT_THAT(station->owner.answers, SizeIs(1));

  station->peer->send(cla_frame());  // an answer that was under way
  EXPECT_THAT(station->written(), SizeIs(1));
  station->read(dpa());
  EXPECT_THAT(station->owner.closed, ElementsAre("disconnected by us"));
}

TEST(Peer, disconnect_does_not_wait_for_ever_whatever_the_peer_sends) {
  const auto station = open_station();
  station->peer->disconnect(0, station->now);
  station->written();
  for (int i = 0; i < 19; ++i) {
    station->pass(100);
    station->read(dwr());
    station->peer->disconnect(0, station->now);
  }
  EXPECT_EQ(station->peer->state(), PeerState::closing);
  station->pass(100);
  EXPECT_THAT(station->owner.closed, ElementsAre("no DPA in time"));
}

TEST(Peer, nothing_is_emitted_once_closed) {
  const auto station = open_station();
  station->read(dpr());
  station->written();
  station->read(joined({dwr(), air_frame()}));
  station->peer->send(cla_frame());
  station->peer->disconnect(0, station->now);
  station->pass(1'000'000'000);
  EXPECT_THAT(station->written(), IsEmpty());
  EXPECT_THAT(station->owner.closed, SizeIs(1));
  EXPECT_THAT(station->owner.requests, IsEmpty());
}

TEST(Peer, events_may_send_and_disconnect) {
  const auto station = open_station();
  station->owner.at_request = [&](ByteView frame) {
    Bytes out;
    encode_aia(frame, hss, {}, out);
    station->peer->send(out);
    station->peer->disconnect(0, station->now);
  };
  station->read(joined({air_frame(), air_frame(), dpa()}));
  const auto written = station->written();
  ASSERT_THAT(written, SizeIs(3));
  EXPECT_EQ(read_header(written[0]).command, 318U);
  EXPECT_EQ(read_header(written[1]).command, 282U);
  EXPECT_EQ(result_of(written[2]), 3002U);
  EXPECT_THAT(station->owner.requests, SizeIs(1));
  EXPECT_THAT(station->owner.closed, ElementsAre("disconnected by us"));
}

TEST(Peer, ids_do_not_repeat_on_a_connection) {
  const auto station = open_station();
  const Ids a = station->peer->next_ids(), b = station->peer->next_ids();
  EXPECT_NE(a.hop_by_hop, b.hop_by_hop);
  EXPECT_NE(a.end_to_end, b.end_to_end);
  EXPECT_EQ(a.end_to_end >> 20U, 77U);
}

TEST(PeerTable, graph_in_docs_is_the_table) {
  std::ifstream file(TEST_DATA "/../../docs/peer.dot");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, peer_graph());
}

TEST(PeerTable, closed_has_no_way_out_and_open_follows_only_a_good_exchange) {
  for (const PeerRow& row : peer_rows()) {
    EXPECT_NE(row.state, PeerState::closed);
    const bool waiting = row.state == PeerState::wait_cer || row.state == PeerState::wait_cea;
    const bool exchanged = row.input == PeerInput::good_cer || row.input == PeerInput::good_cea;
    if (waiting && row.next == PeerState::open) {
      EXPECT_TRUE(exchanged);
    }
    if (row.input == PeerInput::broken_frame) {
      EXPECT_EQ(row.next, PeerState::closed);
    }
    if (row.action == PeerAction::deliver_request) {
      EXPECT_FALSE(waiting);
    }
  }
}

// Every cell of the table, driven from outside.
TEST(PeerTable, machine_does_what_its_rows_say) {
  const auto drive_to = [](PeerState state) {
    const auto role = state == PeerState::wait_cea ? Peer::Role::initiator : Peer::Role::responder;
    auto station = std::make_unique<Station>(role);
    const bool past_exchange = state != PeerState::wait_cer && state != PeerState::wait_cea;
    if (past_exchange) station->read(cer());
    if (state == PeerState::suspect) station->pass(30'000);
    if (state == PeerState::closing) station->peer->disconnect(0, station->now);
    EXPECT_EQ(station->peer->state(), state);
    return station;
  };
  const auto feed = [](Station& station, PeerInput input) {
    Bytes odd_version = air_frame();
    odd_version[0] = 9;
    switch (input) {
      case PeerInput::good_cer:
        return station.read(cer());
      case PeerInput::bad_cer:
        return station.read(cer(only_gx));
      case PeerInput::good_cea:
        return station.read(cea_to(cer()));
      case PeerInput::bad_cea:
        return station.read(cea_to(cer(), only_gx));
      case PeerInput::good_dwr:
        return station.read(dwr());
      case PeerInput::good_dpr:
        return station.read(dpr());
      case PeerInput::bad_base_request:
        return station.read(without(dwr(), avp::origin_host));
      case PeerInput::dwa:
        return station.read(dwa());
      case PeerInput::dpa:
        return station.read(dpa());
      case PeerInput::request:
        return station.read(air_frame());
      case PeerInput::answer:
        return station.read(cla_frame());
      case PeerInput::bad_version:
        return station.read(odd_version);
      case PeerInput::broken_frame:
        return station.read(hex("01000011 c000013e 01000023 00000001 00000001"));
      case PeerInput::timeout:
        return station.pass(30'000);
      case PeerInput::disconnect:
        return station.peer->disconnect(0, station.now);
    }
  };
  for (const PeerRow& row : peer_rows()) {
    SCOPED_TRACE(std::string(name(row.state)) + " on " + std::string(name(row.input)));
    const auto station = drive_to(row.state);
    station->written();
    station->owner.opened = 0;
    feed(*station, row.input);
    EXPECT_EQ(station->peer->state(), row.next);
    EXPECT_EQ(station->owner.closed.size(), row.next == PeerState::closed ? 1U : 0U);
    const bool opens = row.action == PeerAction::accept || row.action == PeerAction::opened;
    EXPECT_EQ(station->owner.opened, opens ? 1 : 0);
    EXPECT_EQ(station->owner.requests.size(), row.action == PeerAction::deliver_request ? 1U : 0U);
    EXPECT_EQ(station->owner.answers.size(), row.action == PeerAction::deliver_answer ? 1U : 0U);
    const bool silent = row.action == PeerAction::none || row.action == PeerAction::opened ||
                        row.action == PeerAction::deliver_request || row.action == PeerAction::deliver_answer;
    EXPECT_EQ(station->written().size(), silent ? 0U : 1U);
  }
}

}  // namespace
}  // namespace simbiont::diameter::test
