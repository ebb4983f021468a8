// The files of a UICC (TS 102 221 clause 8): a tree of MF, DFs, ADFs and EFs, and how they are found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "usim/card_data.h"

namespace simbiont::usim {

enum class Kind : std::uint8_t { directory, application, transparent, linear };
inline bool is_directory(Kind kind) { return kind == Kind::directory || kind == Kind::application; }

// Who may read or update an EF. ADM is whoever makes cards: no command here.
enum class Access : std::uint8_t { always, pin1, adm };

struct File {
  std::uint16_t id = 0;
  Kind kind = Kind::directory;
  std::uint8_t sfi = 0;  // short file identifier; 0: none
  Access read = Access::always, update = Access::adm;
  std::uint8_t record_size = 0;  // of linear EFs
  std::size_t parent = 0;        // the MF is its own
  std::size_t content = 0;       // of an EF: which content; a 2G file and its 3G twin may share one
};

class FileSystem {
 public:
  using Index = std::size_t;
  static constexpr Index mf = 0;
  static constexpr std::uint16_t mf_id = 0x3f00, adf_id = 0x7fff;

  // The files of TS 31.102 and TS 51.011 for this card, with what terminals wrote (usim_files.cpp). What was
  // written with another size than the file's is left out.
  explicit FileSystem(const CardData& card);

  const File& operator[](Index file) const { return files_[file]; }
  const Bytes& content(Index ef) const { return contents_[files_[ef].content]; }
  Bytes& content(Index ef) { return contents_[files_[ef].content]; }
  // Under which name CardData::written keeps it.
  const std::string& name(Index ef) const { return names_[files_[ef].content]; }
  std::size_t records(Index ef) const { return content(ef).size() / files_[ef].record_size; }
  // EFs or directories right below a directory.
  std::size_t count(Index directory, bool directories) const;

  std::optional<Index> child(Index directory, std::uint16_t id) const;
  std::optional<Index> with_sfi(Index directory, std::uint8_t sfi) const;
  // TS 102 221 8.4.1: what SELECT by file identifier finds from the current directory. application: the
  // current one.
  std::optional<Index> visible(Index current, std::optional<Index> application, std::uint16_t id) const;
  // 8.4.2: each identifier a child of the one before; 7FFF first means the current application.
  std::optional<Index> by_path(Index start, std::optional<Index> application, ByteView path) const;
  // A beginning of the AID will do; 5 octets at least.
  std::optional<Index> application(ByteView aid) const;
  const Bytes& aid() const { return aid_; }

 private:
  struct Ef {
    std::uint16_t id;
    std::uint8_t sfi;
    Access read, update;
    std::uint8_t record_size = 0;
  };
  Index add_directory(Index parent, std::uint16_t id, Kind kind = Kind::directory);
  Index add(Index parent, const Ef& ef, Bytes content);
  void add_twin(Index parent, std::uint16_t id, Index of);
  std::string path_of(Index file) const;
  void add_usim(const CardData& card);
  void add_mobility(Index adf, const CardData& card);
  void add_telecom(Index directory);
  void add_gsm(Index adf, const CardData& card);

  std::vector<File> files_;
  std::vector<Bytes> contents_;
  std::vector<std::string> names_;
  Bytes aid_;
};

// TS 102 221 11.1.1.3: the FCP template of a file, as SELECT and STATUS answer it.
Bytes fcp_template(const FileSystem& files, FileSystem::Index file, const Pin& pin1);
// TS 51.011 9.2.1: the same for a 2G terminal.
Bytes gsm_response(const FileSystem& files, FileSystem::Index file, const Pin& pin1);
// The record of EF.ARR that says who may read and update.
std::uint8_t access_rule(Access read, Access update);
// EF.ARR itself (TS 102 221 9.2.7).
Bytes access_rules();
inline constexpr std::uint8_t access_rule_size = 24;

}  // namespace simbiont::usim
