#include "lab/attach.h"

#include <algorithm>

namespace simbiont::lab {
namespace {

Bytes resync_info(const Block& rand, const ByteArray<14>& auts) {
  Bytes info(rand.begin(), rand.end());
  info.insert(info.end(), auts.begin(), auts.end());
  return info;
}

// One AIR and the challenge made of its first vector. Sets report.outcome; nullopt unless the card accepted
// or asked for a resynchronisation.
struct Round {
  diameter::EutranVector vector;
  MeResponse response;
};
Result<std::optional<Round>> challenge_once(HomeNetwork& home, const AttachRequest& request, ByteView resync,
                                            AttachReport& report) {
  auto answer = home.authentication(request.card.profile().imsi, request.vectors, resync);
  if (!answer) return answer.error();
  report.aia.push_back(answer->code);
  report.outcome = AttachOutcome::no_vector;
  if (answer->code != diameter::result::success || answer->vectors.empty()) return std::optional<Round>{};

  Round round{answer->vectors.front(), {}};
  round.response = answer_challenge(request.device, request.card, {round.vector.rand, round.vector.autn},
                                    request.visited_plmn);
  report.challenges.push_back(round.response.status_words);
  switch (round.response.verdict) {
    case MeVerdict::success:
    case MeVerdict::sync_failure:
      return std::optional<Round>(round);
    case MeVerdict::mac_failure:
      report.outcome = AttachOutcome::mac_failure;
      break;
    case MeVerdict::separation_bit_off:
    case MeVerdict::card_error:
      report.outcome = AttachOutcome::me_refused;
  }
  return std::optional<Round>{};
}

// What the MME sees (RES) and what the first protected NAS message would show (KASME).
bool keys_agree(const Round& round, AttachReport& report) {
  if (!equal_constant_time(round.response.res, round.vector.xres)) {
    report.outcome = AttachOutcome::wrong_res;
    return false;
  }
  report.kasme_agrees = equal_constant_time(round.response.kasme, round.vector.kasme);
  if (!*report.kasme_agrees) report.outcome = AttachOutcome::wrong_kasme;
  return *report.kasme_agrees;
}

}  // namespace

std::string_view name(AttachOutcome outcome) {
  switch (outcome) {
    case AttachOutcome::attached:
      return "attached";
    case AttachOutcome::no_vector:
      return "no vector";
    case AttachOutcome::mac_failure:
      return "MAC failure";
    case AttachOutcome::sync_failure:
      return "sync failure";
    case AttachOutcome::wrong_res:
      return "wrong RES";
    case AttachOutcome::me_refused:
      return "refused by ME";
    case AttachOutcome::wrong_kasme:
      return "wrong KASME";
    case AttachOutcome::update_refused:
      return "ULR refused";
  }
  return "?";
}

Result<AttachReport> attach(HomeNetwork& home, const AttachRequest& request) {
  AttachReport report;
  auto round = challenge_once(home, request, {}, report);
  if (!round) return round.error();
  if (*round && (*round)->response.verdict == MeVerdict::sync_failure) {
    report.resynchronised = true;
    const Bytes info = resync_info((*round)->vector.rand, (*round)->response.auts);  // RAND as transported
    round = challenge_once(home, request, info, report);
    if (!round) return round.error();
  }
  if (!*round) return report;
  if ((*round)->response.verdict == MeVerdict::sync_failure) {
    report.outcome = AttachOutcome::sync_failure;
    return report;
  }
  if (!keys_agree(**round, report)) return report;

  auto ula = home.update_location(request.card.profile().imsi, request.declared_imei);
  if (!ula) return ula.error();
  report.outcome =
      ula->code == diameter::result::success ? AttachOutcome::attached : AttachOutcome::update_refused;
  report.ula = std::move(*ula);
  return report;
}

}  // namespace simbiont::lab
