#include "me/simbiont_me.h"

const char* simbiont_me_status_text(simbiont_me_status status) {
  switch (status) {
    case SIMBIONT_ME_OK:
      return "done";
    case SIMBIONT_ME_BAD_ARGUMENT:
      return "an argument is null or out of range";
    case SIMBIONT_ME_BAD_ABI:
      return "the caller was made for another version of the library";
    case SIMBIONT_ME_NO_ROOM:
      return "no room";
    case SIMBIONT_ME_NOT_FOUND:
      return "no such slot";
    case SIMBIONT_ME_KEY_FAILED:
      return "the key store refused";
    case SIMBIONT_ME_SAVE_FAILED:
      return "the slots could not be saved";
    case SIMBIONT_ME_CARD_FAILED:
      return "the card could not be reached";
    case SIMBIONT_ME_MALFORMED:
      return "not a slot update";
    case SIMBIONT_ME_NOT_AUTHENTIC:
      return "a slot update that is not for this device, or was changed";
    case SIMBIONT_ME_ROLLBACK:
      return "a slot update that is older than what is stored";
    case SIMBIONT_ME_UNSUPPORTED:
      return "the key store can not do this";
  }
  return "unknown";
}
