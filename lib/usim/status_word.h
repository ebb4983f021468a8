// Status words of a UICC (TS 102 221 10.2, TS 31.102 7.3) and of a SIM (TS 51.011 9.4).
#pragma once

#include <cstdint>

namespace simbiont::usim {

using StatusWord = std::uint16_t;

namespace sw {
inline constexpr StatusWord success = 0x9000, held = 0x6100, tries_left = 0x63c0, memory_problem = 0x6581,
                            wrong_length = 0x6700, no_channel = 0x6881, no_secure_messaging = 0x6882,
                            wrong_structure = 0x6981, access_denied = 0x6982, pin_blocked = 0x6983,
                            pin_disabled = 0x6984, not_allowed = 0x6985, no_ef = 0x6986, wrong_data = 0x6a80,
                            file_not_found = 0x6a82, record_not_found = 0x6a83, wrong_p1_p2 = 0x6a86,
                            no_such_reference = 0x6a88, wrong_offset = 0x6b00, exact_length = 0x6c00,
                            unknown_instruction = 0x6d00, unknown_class = 0x6e00, mac_failure = 0x9862;
}  // namespace sw
namespace gsm_sw {
inline constexpr StatusWord held = 0x9f00, no_ef = 0x9400, wrong_offset = 0x9402, file_not_found = 0x9404,
                            wrong_structure = 0x9408, wrong_pin = 0x9804, pin_state = 0x9808,
                            pin_blocked = 0x9840;
}  // namespace gsm_sw

// What a SIM says where a UICC says `word`.
StatusWord as_gsm(StatusWord word);

}  // namespace simbiont::usim
