/* The ME side of Simbiont as a C library: it turns the RAND that arrived into the RAND the UICC can use,
 * directly before the UICC's AUTHENTICATE. No heap, files, sockets, threads or exceptions; memory is the
 * caller's, the keys stay behind callbacks. docs/device.md says where the calls go in a modem, and what a
 * slot update is made of.
 *
 * One context serves one card and is used by one thread at a time. All texts are ASCII and end with a zero
 * octet. A function that returns simbiont_me_status changed nothing unless it returned SIMBIONT_ME_OK. */
#ifndef SIMBIONT_ME_H
#define SIMBIONT_ME_H

#include <stddef.h> /* NOLINT(modernize-deprecated-headers): this is C */
#include <stdint.h> /* NOLINT(modernize-deprecated-headers) */

#ifdef __cplusplus
extern "C" {
#endif

/* Major << 16 | minor. A library serves callers of its major number and of no higher minor one. */
#define SIMBIONT_ME_ABI 0x00010000u
uint32_t simbiont_me_abi(void); /* of the library that is linked */

typedef enum simbiont_me_status {
  SIMBIONT_ME_OK = 0,
  SIMBIONT_ME_BAD_ARGUMENT = -1,  /* null, or out of range */
  SIMBIONT_ME_BAD_ABI = -2,       /* made for another version of this header */
  SIMBIONT_ME_NO_ROOM = -3,       /* in the context, for a slot; or in a buffer */
  SIMBIONT_ME_NOT_FOUND = -4,     /* no such slot */
  SIMBIONT_ME_KEY_FAILED = -5,    /* the key store refused; nothing may go to the card */
  SIMBIONT_ME_SAVE_FAILED = -6,   /* the changed slots were not saved; the old ones hold */
  SIMBIONT_ME_CARD_FAILED = -7,   /* the card callback failed */
  SIMBIONT_ME_MALFORMED = -8,     /* an update that none can be */
  SIMBIONT_ME_NOT_AUTHENTIC = -9, /* an update under another key, for another device, or changed on its way */
  SIMBIONT_ME_ROLLBACK = -10,     /* an update with an epoch not above the highest seen of its KME */
  SIMBIONT_ME_UNSUPPORTED = -11   /* a callback that this needs is null */
} simbiont_me_status;
const char* simbiont_me_status_text(simbiont_me_status); /* for a person; never null */

enum { SIMBIONT_ME_AES128 = 0, SIMBIONT_ME_AES256 = 1, SIMBIONT_ME_AES128_IMSI = 2 }; /* algorithm */
enum { SIMBIONT_ME_PENDING = 0, SIMBIONT_ME_CURRENT = 1, SIMBIONT_ME_PREVIOUS = 2 };  /* state */
#define SIMBIONT_ME_KME_SIZE 65    /* a KME id's 1 to 64 characters of A-Z a-z 0-9 . _ : - and the zero */
#define SIMBIONT_ME_SCOPE_SIZE 130 /* eight IMSIs of 15 digits, their commas, and the zero */
#define SIMBIONT_ME_MAX_TRIES 4    /* three slots and the RAND as received */

/* The K_ME of one epoch of one KME, and the cards it is for. */
typedef struct simbiont_me_slot {
  uint64_t epoch;       /* from 1 */
  uint64_t floor;       /* highest epoch ever seen of this KME; 0 counts as epoch */
  uint32_t key;         /* the key store's handle of K_ME (or of K_enc, as an AES128 key of one IMSI) */
  uint32_t confirm_key; /* handle of K_conf, for a device that was given no K_ME; 0: K_conf comes from K_ME */
  uint8_t algorithm;
  uint8_t state;
  char kme[SIMBIONT_ME_KME_SIZE];
  char scope[SIMBIONT_ME_SCOPE_SIZE]; /* IMSIs parted by commas; with `*` at its end one is a prefix:
                                         "001010*" */
} simbiont_me_slot;

enum { SIMBIONT_ME_ENCRYPT = 0, SIMBIONT_ME_DECRYPT = 1 };

/* The key store. A callback returns 0 when it did as told. Handles are the store's own; 0 is none. */
typedef struct simbiont_me_keys {
  void* user;
  /* One AES block under a key of 16 or 32 octets; in and out may be the same memory. */
  int (*block)(void* user, uint32_t key, int direction, const uint8_t in[16], uint8_t out[16]);
  /* Takes a key of 16 or 32 octets, durably. Null: no updates. */
  int (*import_key)(void* user, const uint8_t* key, size_t size, uint32_t* handle);
  /* Forgets a key for good: called after the slots without it are saved. May be null. */
  int (*erase_key)(void* user, uint32_t key);
  /* Makes the slots durable before it returns. Null: they are not kept beyond the context. */
  int (*save)(void* user, const simbiont_me_slot* slots, size_t count);
} simbiont_me_keys;

typedef struct simbiont_me_config {
  uint32_t abi;           /* SIMBIONT_ME_ABI */
  uint32_t transport_key; /* handle of the key that slot updates come under; 0: no updates */
  uint8_t try_plain;      /* 1: after all slots the RAND as received, for a foreign, unbound SIM */
  char imei[15];          /* the device's, 14 digits (no check digit) */
  simbiont_me_keys keys;  /* copied; what user points at must outlive the context */
} simbiont_me_config;

/* A context is memory of the caller: SIMBIONT_ME_CONTEXT_SIZE(n) octets, aligned as uint64_t, hold n slots.
 */
typedef struct simbiont_me simbiont_me;
#define SIMBIONT_ME_CONTEXT_SIZE(slots) (192u + (size_t)(slots) * sizeof(simbiont_me_slot))
simbiont_me_status simbiont_me_init(void* memory, size_t size, const simbiont_me_config*, simbiont_me** out);
simbiont_me_status simbiont_me_wipe(simbiont_me*); /* zeroises the context */

/* Replaces all slots; each is checked first, and epochs of a KME must differ. Does not save. */
simbiont_me_status simbiont_me_load(simbiont_me*, const simbiont_me_slot* slots, size_t count);
simbiont_me_status simbiont_me_slot_count(const simbiont_me*, size_t* out);
simbiont_me_status simbiont_me_slot_at(const simbiont_me*, size_t index, simbiont_me_slot* out);

/* The IMSI of the card that is in, 6 to 15 digits, as EF_IMSI says. Until then, and with "", no slot is in
 * scope. */
simbiont_me_status simbiont_me_set_imsi(simbiont_me*, const char* imsi);

/* ---- A C-APDU on its way to the UICC -------------------------------------------------------------------
 * simbiont_me_apdu_command, send the APDU, simbiont_me_apdu_response with the status word, and while that
 * says RETRY send the APDU again, as it then stands. The answer that came last is the caller's. When the
 * slots are changed in between, there is no further try, and the answer proves none. Rewritten are
 *   CLA 0x or 4x, INS 88, P2 80 (10 RAND), P2 81 (10 RAND 10 AUTN), P2 84 (DD 10 RAND 10 AUTN); CLA A0, INS
 * 88, Lc 10 (RAND). Everything else passes untouched, a GBA NAF derivation (DE) too. 61xx, 9Fxx and
 * 91xx count as success: only 9862 brings the next try. Forms without AUTN have no MAC, so the first choice
 * is the only one. */
typedef struct simbiont_me_exchange {
  uint8_t rand[16];                     /* as received */
  uint32_t table;                       /* which state of the slots `order` speaks of */
  uint8_t offset;                       /* of RAND in the APDU; 0: not an APDU that is rewritten */
  uint8_t has_mac;                      /* the card can tell a wrong RAND */
  uint8_t tries;                        /* made so far */
  uint8_t order[SIMBIONT_ME_MAX_TRIES]; /* slot index of each try; SIMBIONT_ME_PLAIN: RAND as received */
  uint8_t count;                        /* of order */
} simbiont_me_exchange;
#define SIMBIONT_ME_PLAIN 0xffu

typedef enum simbiont_me_next { SIMBIONT_ME_DONE = 0, SIMBIONT_ME_RETRY = 1 } simbiont_me_next;

simbiont_me_status simbiont_me_apdu_command(simbiont_me*, simbiont_me_exchange*, uint8_t* apdu, size_t size);
/* apdu, size: the same buffer. A slot that the card's answer proves becomes current, and is saved:
 * SAVE_FAILED with *next DONE means that the answer stands and the slot is still pending. */
simbiont_me_status simbiont_me_apdu_response(simbiont_me*, simbiont_me_exchange*, uint8_t* apdu, size_t size,
                                             uint16_t status_word, simbiont_me_next* next);

/* ---- The same for a stack that hands over RAND and AUTN ------------------------------------------------ */
typedef struct simbiont_me_card {
  void* user;
  /* Sends a C-APDU; *size is the room at response, then what came, status word included. 0 when it did. */
  int (*transmit)(void* user, const uint8_t* command, size_t command_size, uint8_t* response, size_t* size);
  uint8_t channel; /* logical channel of the USIM, 0 to 3 */
} simbiont_me_card;

typedef enum simbiont_me_verdict {
  SIMBIONT_ME_SUCCESS = 0,
  SIMBIONT_ME_SYNC_FAILURE = 1, /* auts goes to the network, beside the RAND as received */
  SIMBIONT_ME_MAC_FAILURE = 2,  /* of every try */
  SIMBIONT_ME_CARD_ERROR = 3    /* another status word, or an answer that is none */
} simbiont_me_verdict;

typedef struct simbiont_me_result {
  simbiont_me_verdict verdict;
  uint8_t slot;  /* index of the slot that the answer proves (for GSM: that was used), or SIMBIONT_ME_PLAIN */
  uint8_t tries; /* how many status words there are */
  uint16_t status_words[SIMBIONT_ME_MAX_TRIES];
  uint8_t res_size; /* 4 to 16; 4 for GSM (SRES) */
  uint8_t res[16];
  uint8_t ck[16], ik[16];
  uint8_t has_kc;
  uint8_t kc[8];
  uint8_t auts[14];
} simbiont_me_result;

/* TS 31.102 7.1.2.1. SAVE_FAILED: the result stands, the slot is still pending. */
simbiont_me_status simbiont_me_challenge(simbiont_me*, const uint8_t rand[16], const uint8_t autn[16],
                                         const simbiont_me_card*, simbiont_me_result*);
/* GSM context of a USIM. There is no MAC: the current slot of the newest KME in scope is used, and no other.
 */
simbiont_me_status simbiont_me_challenge_gsm(simbiont_me*, const uint8_t rand[16], const simbiont_me_card*,
                                             simbiont_me_result*);
/* The network rejected the answer to a GSM challenge: the next one tries the next slot. */
simbiont_me_status simbiont_me_gsm_rejected(simbiont_me*);

/* ---- Life cycle of the slots ----------------------------------------------------------------------------
 */
/* DESIGN 3: AES-CMAC(K_conf, kme || 0 || epoch || challenge), for the HSS. */
simbiont_me_status simbiont_me_proof(simbiont_me*, const char* kme, uint64_t epoch,
                                     const uint8_t challenge[16], uint8_t proof[16]);
/* First octets of AES(K, 0): tells keys apart without showing them. */
simbiont_me_status simbiont_me_key_check_value(simbiont_me*, size_t index, uint8_t kcv[3]);
/* A slot update as it came. IMEI, KME, epoch, algorithm and scope are authenticated. */
simbiont_me_status simbiont_me_update(simbiont_me*, const uint8_t* update, size_t size);
/* The operator's command for a KME that GSM uses: this epoch is current now. */
simbiont_me_status simbiont_me_make_current(simbiont_me*, const char* kme, uint64_t epoch);

/* ---- Keys in the caller's memory: constant-time AES without tables ---------------------------------------
 */
typedef struct simbiont_me_soft_key {
  uint8_t size; /* 16 or 32; 0: free */
  uint8_t octets[32];
} simbiont_me_soft_key;
typedef struct simbiont_me_soft_keys {
  simbiont_me_soft_key* keys; /* handle h is keys[h - 1] */
  uint32_t count;
} simbiont_me_soft_keys;
/* For simbiont_me_keys; user is a simbiont_me_soft_keys. */
int simbiont_me_soft_block(void* user, uint32_t key, int direction, const uint8_t in[16], uint8_t out[16]);
int simbiont_me_soft_import(void* user, const uint8_t* key, size_t size, uint32_t* handle);
int simbiont_me_soft_erase(void* user, uint32_t key);

#ifdef __cplusplus
}
#endif
#endif
