// kme export and batch make: what they read is secret or becomes it, and what they write is new.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <optional>

#include "admin/batch_make.h"
#include "base/secret_input.h"
#include "cli/output.h"
#include "cli/suppliers.h"

namespace simbiont::cli {
namespace {

constexpr std::size_t max_plain = 32UL * 1024 * 1024, max_pem = 16UL * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ > 2) (void)::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// A text that holds keys; overwritten when it goes.
struct SecretText {
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { zeroise_text(text); }
  std::string text;
};

// In one allocation, so that nothing of it stays behind where a string grew.
Status read_all(int fd, std::size_t limit, std::string& text) {
  text.reserve(limit + 1);
  ByteArray<4096> piece{};
  Status done;
  while (true) {
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) done = error(Errc::io, "the file with the keys cannot be read");
    if (got <= 0) break;
    if (text.size() + static_cast<std::size_t>(got) > limit) {
      done = error(Errc::refused, "the file with the keys is too large");
      break;
    }
    text.append(as_text(ByteView(piece).first(static_cast<std::size_t>(got))));
  }
  zeroise(piece);
  return done;
}

// refused when others than its owner can read it.
Status read_private(const std::string& path, std::size_t limit, std::string& text) {
  if (path == "-") return read_all(STDIN_FILENO, limit, text);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return error(Errc::not_found, "cannot read " + path);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode))
    return error(Errc::refused, path + " is not a regular file");
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return error(Errc::refused, path + " holds keys: its mode must be 0600 or stricter");
  return read_all(file.get(), limit, text);
}

Status write_new(const std::string& path, std::string_view content) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.get() < 0)
    return errno == EEXIST ? error(Errc::already_exists, path + " exists already")
                           : error(Errc::io, "cannot create " + path);
  while (!content.empty()) {
    const ssize_t done = ::write(file.get(), content.data(), content.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) break;
    content.remove_prefix(static_cast<std::size_t>(done));
  }
  if (content.empty() && ::fsync(file.get()) == 0) return {};
  (void)::unlink(path.c_str());
  return error(Errc::io, "cannot write " + path);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

Status export_kmes(Session& session, const ExportOptions& options) {
  // Before the keys are handed out, not after.
  if (!options.out.empty() && exists(options.out))
    return error(Errc::already_exists, options.out + " exists already");
  Json body{{"kme", options.ids}};
  if (options.epoch != 0) body["epoch"] = options.epoch;
  const auto exported =
      session.call("POST", "/v1/suppliers/" + options.supplier + "/export", std::move(body));
  if (!exported) return exported.error();
  if (!exported->contains("keys")) {  // it waits for a second custodian
    print_object(std::cout, *exported, session.json());
    return {};
  }
  const std::string text = exported->dump(2) + '\n';
  if (options.out.empty()) std::cout << text;
  if (options.out.empty()) return {};
  if (auto written = write_new(options.out, text); !written) return written;
  std::cout << "exported " << (*exported)["keys"].size() << " K_MEs for " << options.supplier << " to "
            << options.out << '\n';
  return {};
}

namespace {

Status write_batch(const BatchMakeOptions& options, const admin::MadeBatch& made) {
  if (auto written = write_new(options.out, made.file); !written) return written;
  if (auto written = write_new(options.out + ".sig", as_text(made.signature)); !written) {
    (void)::unlink(options.out.c_str());
    return written;
  }
  std::cout << "wrote " << options.out << " with " << made.rows << ' ' << options.kind << ", and "
            << options.out << ".sig\n";
  return {};
}

}  // namespace

Status batch_make(Session&, const BatchMakeOptions& options) {
  for (const std::string& path : {options.out, options.out + ".sig"}) {
    if (exists(path)) return error(Errc::already_exists, path + " exists already");
  }
  if (options.plain == "-" && options.transport_key == "-")
    return error(Errc::invalid_argument, "standard input holds one thing: the keys or the transport key");
  auto hex = read_hex(options.transport_key, false);
  if (!hex) return error(hex.error().code, "--transport-key: " + hex.error().message);
  const auto transport_key = Secret::from_hex(*hex);
  zeroise_text(*hex);
  if (!transport_key) return error(Errc::invalid_argument, "--transport-key: not 64 hexadecimal digits");
  SecretText plain, pem;
  if (auto read = read_private(options.sign_key, max_pem, pem.text); !read) return read;
  if (auto read = read_private(options.plain, max_plain, plain.text); !read) return read;
  const auto made =
      admin::make_batch({options.kind == "sims", plain.text, *transport_key, options.wrap, pem.text});
  if (!made) return made.error();
  if (made->bad.empty()) return write_batch(options, *made);
  for (const auto& row : made->bad)
    std::cerr << options.plain << ':' << row.line << ": " << cell(row.reason) << '\n';
  return error(Errc::refused, std::to_string(made->bad.size()) + " bad rows: nothing was written");
}

}  // namespace simbiont::cli
