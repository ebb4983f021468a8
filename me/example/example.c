/* One challenge through the device library: example K_ME IMSI RAND AUTN
 * Each C-APDU for the UICC is printed after "> "; its R-APDU is read as a line of hexadecimal digits. */
#include <simbiont_me.h>
#include <stdio.h>
#include <string.h>

static size_t from_hex(const char* text, uint8_t* out, size_t room) {
  size_t size = 0;
  unsigned octet;
  while (size < room && sscanf(text, "%2x", &octet) == 1) out[size++] = (uint8_t)octet, text += 2;
  return size;
}

static void print(const char* name, const uint8_t* octets, size_t size) {
  printf("%s ", name);
  while (size-- > 0) printf("%02x", *octets++);
  printf("\n");
  fflush(stdout);
}

static int transmit(void* user, const uint8_t* command, size_t command_size, uint8_t* response,
                    size_t* size) {
  char line[600];
  (void)user;
  print(">", command, command_size);
  if (fgets(line, sizeof line, stdin) == NULL) return -1;
  *size = from_hex(line, response, *size);
  return 0;
}

int main(int argc, char** argv) {
  static uint64_t memory[(SIMBIONT_ME_CONTEXT_SIZE(1) + 7) / 8];
  simbiont_me_soft_key key = {0};
  simbiont_me_soft_keys keys = {&key, 1};
  simbiont_me_config config = {.abi = SIMBIONT_ME_ABI, .try_plain = 1, .imei = "49015420323751"};
  simbiont_me_slot slot = {
      .epoch = 1, .key = 1, .state = SIMBIONT_ME_CURRENT, .kme = "example", .scope = "*"};
  const simbiont_me_card card = {.transmit = transmit};
  simbiont_me_result result;
  simbiont_me* me;
  uint8_t rand[16], autn[16];

  if (argc != 5 || from_hex(argv[3], rand, 16) != 16 || from_hex(argv[4], autn, 16) != 16) {
    fprintf(stderr, "usage: example K_ME IMSI RAND AUTN\n");
    return 2;
  }
  key.size = (uint8_t)from_hex(argv[1], key.octets, sizeof key.octets);
  slot.algorithm = key.size == 32 ? SIMBIONT_ME_AES256 : SIMBIONT_ME_AES128;
  config.keys = (simbiont_me_keys){.user = &keys, .block = simbiont_me_soft_block};
  simbiont_me_status status = simbiont_me_init(memory, sizeof memory, &config, &me);
  if (status == SIMBIONT_ME_OK) status = simbiont_me_load(me, &slot, 1);
  if (status == SIMBIONT_ME_OK) status = simbiont_me_set_imsi(me, argv[2]);
  if (status == SIMBIONT_ME_OK) status = simbiont_me_challenge(me, rand, autn, &card, &result);
  if (status != SIMBIONT_ME_OK) return fprintf(stderr, "%s\n", simbiont_me_status_text(status)), 1;
  if (result.verdict == SIMBIONT_ME_SUCCESS) print("RES", result.res, result.res_size);
  if (result.verdict == SIMBIONT_ME_SYNC_FAILURE) print("AUTS", result.auts, sizeof result.auts);
  if (result.verdict >= SIMBIONT_ME_MAC_FAILURE) printf("refused\n");
  return result.verdict == SIMBIONT_ME_SUCCESS ? 0 : 1;
}
