#include "me/daemon/serve.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdlib>

#include "base/digits.h"
#include "base/secret_input.h"
#include "me/daemon/daemon.h"
#include "me/stores/key_store.h"

namespace simbiont::me {
namespace {

// All of it where the limit allows that; a key in use lies in a locked page in any case (LockedKey).
bool lock_memory() {
  rlimit limit{};
  const bool unlimited =
      geteuid() == 0 || (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY);
  return unlimited && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

Result<Pkcs11Options> pkcs11_options(const ServeOptions& options) {
  if (options.module.empty() || options.token.empty() || options.pin.empty())
    return error(Errc::invalid_argument, "--keystore pkcs11 wants --module, --token and --pin");
  Result<Secret> pin = read_pin(options.pin);
  if (!pin) return error(pin.error().code, "--pin: " + pin.error().message);
  return Pkcs11Options{options.module, options.token, *std::move(pin)};
}

OpenedStore open_store(const ServeOptions& options) {
  if (options.keystore == "file") return open_file_store(options.store);
  if (options.keystore == "tpm") return open_tpm_store(options.store, {options.tcti, options.pcrs, true});
  Result<Pkcs11Options> pkcs11 = pkcs11_options(options);
  return pkcs11 ? open_pkcs11_store(options.store, *pkcs11) : OpenedStore(pkcs11.error());
}

Result<DaemonOptions> daemon_options(const ServeOptions& options) {
  DaemonOptions out;
  out.vpcd_text = options.vpcd;
  const auto endpoint = usim::loopback_endpoint(out.vpcd_text);
  if (!endpoint) return endpoint.error();
  out.vpcd = *endpoint;
  out.reader = options.reader;
  out.socket = options.control_socket();
  out.keystore = options.keystore;
  return out;
}

}  // namespace

void harden() {
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): called first thing in main, before any thread.
  (void)setenv("TSS2_LOG", "all+none", 1);  // its messages name what is done with keys
}

Status serve(const ServeOptions& options, const sigset_t& signals) {
  Result<DaemonOptions> daemon_with = daemon_options(options);
  if (!daemon_with) return daemon_with.error();
  const auto imei = Imei::parse(options.imei);
  if (!imei)
    return error(Errc::invalid_argument, "--imei: the device's IMEI is wanted: " + imei.error().message);
  daemon_with->memory_locked = lock_memory();
  auto store = open_store(options);
  if (!store) return store.error();
  auto device = Device::make(*std::move(store), {imei->digits14(), options.try_plain, options.slots});
  if (!device) return device.error();
  (void)pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int descriptor = signalfd(-1, &signals, SFD_CLOEXEC);
  if (descriptor < 0) return error(Errc::io, "signalfd failed");
  Daemon daemon(**device, *daemon_with);
  Status served = daemon.run(descriptor);
  (void)close(descriptor);
  return served;
}

}  // namespace simbiont::me
