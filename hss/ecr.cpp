#include "hss/ecr.h"

#include "diameter/s13.h"

namespace simbiont::hss {
namespace {

diameter::EquipmentStatus status_of(store::EquipmentState state) {
  switch (state) {
    case store::EquipmentState::allowed:
      return diameter::EquipmentStatus::allowed;
    case store::EquipmentState::grey:
      return diameter::EquipmentStatus::grey;
    case store::EquipmentState::barred:
      break;
  }
  return diameter::EquipmentStatus::barred;
}

}  // namespace

void EcrProcedure::run(const Request& request) {
  const auto decoded = diameter::decode_ecr(request.frame);
  if (!decoded.message) return services_.refuse(request, decoded.refusal);
  if (!services_.accept(request, decoded.message->routing)) return;
  const auto imei = Imei::from_signalling(decoded.message->terminal.imei);
  if (!imei) return services_.refuse(request, diameter::result::equipment_unknown);
  const auto device = services_.store.device(*imei);
  if (!device) return services_.refuse(request, diameter::result::unable_to_comply, "the store failed");
  if (!*device) return services_.refuse(request, diameter::result::equipment_unknown);
  Bytes message;
  diameter::encode_eca(request.frame, services_.config.self,
                       {{}, diameter::result::success, status_of((*device)->state)}, message);
  services_.outlet.send(request.link, message);
}

}  // namespace simbiont::hss
