#include "node/cli/sample_command.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/cli/commands.h"
#include "node/cli/document_text.h"
#include "node/cli/progress_line.h"
#include "node/cli/sample_report.h"
#include "node/model/app_names.h"
#include "node/sampling/app_of_types.h"
#include "node/sampling/reservoir.h"

namespace syncline {
namespace {

namespace fs = std::filesystem;
constexpr size_t kUnreadableNamedMax = 5;

// Letters, digits, '_' and '-' only, as collections and databases have them.
std::string plain_name(std::string_view text, std::string_view otherwise) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '_' || c == '-';
    if (plain)
      name += c;
    else if (!name.empty() && !name.ends_with('_'))
      name += '_';
  }
  while (name.ends_with('_')) name.pop_back();
  if (name.size() > limits::kTypeNameBytesMax) name.resize(limits::kTypeNameBytesMax);
  return name.empty() ? std::string(otherwise) : name;
}

// "orders" of "/data/orders.json.gz" and the like.
std::string stem_of(const std::string& file) {
  if (file == "-") return "documents";
  const std::string name = fs::path(file).filename().string();
  return plain_name(name.substr(0, name.find('.', 1)), "documents");
}

Status check_title(const std::string& title) {
  app::Notes notes("", "");
  if (app::check_type_name(notes, "", title)) return {};
  int errors = 0, warnings = 0;
  const AppFileReport report = notes.close(nullptr, &errors, &warnings);
  return fail(ErrorCode::kUsage,
              fmt::format("--title: {}; {}", report.messages[0].text, report.messages[0].remedy));
}

// One file: its documents through the sampler.
class FileReading {
 public:
  FileReading(const SampleOptions& options, const std::vector<std::string>& names)
      : options_(options), sampler_(names) {}

  Status read(const std::string& file, ProgressLine* progress) {
    SYNCLINE_ASSIGN(DocumentLines lines, DocumentLines::open(file));
    std::optional<sampling::Reservoir> reservoir;
    if (options_.sample) reservoir.emplace(*options_.sample, options_.seed);
    DocumentLine line;
    for (;;) {
      SYNCLINE_ASSIGN(const bool more, lines.next(&line));
      if (!more) break;
      if (!line.too_long && line.blank()) continue;
      const auto document = read_document(line);
      if (!document) {
        count_unreadable(lines.name(), line.number, document.error());
        continue;
      }
      sampler_.count(*document, line.number);
      if (reservoir) {
        if (const auto place = reservoir->place_of_next()) SYNCLINE_TRY(keep(*place, line));
      } else {
        sampler_.observe(*document, line.number);
      }
      progress->show_bar(fmt::format("{}: {} documents", lines.name(), sampler_.documents()),
                         lines.part());
    }
    look_at_kept();
    if (sampler_.documents() == 0)
      return fail(
          ErrorCode::kBadData,
          fmt::format("{} holds no documents, one a line{}", lines.name(),
                      unreadable_.empty() ? "" : "; " + unreadable_.begin()->second.first.front()));
    return {};
  }

  sampling::Sampler& sampler() { return sampler_; }
  std::vector<UnreadableLines> unreadable() const {
    std::vector<UnreadableLines> lines;
    for (const auto& [kind, each] : unreadable_) lines.push_back(each);
    return lines;
  }

 private:
  struct Kept {
    uint64_t number = 0;
    std::string text;
  };

  Status keep(uint64_t place, const DocumentLine& line) {
    if (place >= kept_.size()) kept_.resize(place + 1);
    kept_bytes_ += line.text.size();
    kept_bytes_ -= kept_[place].text.size();
    if (kept_bytes_ > sampling::kSampleBytesMax)
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the sample has more than {} MiB of text: take a smaller --sample, "
                              "or none, which looks at all documents in bounded memory",
                              sampling::kSampleBytesMax >> 20));
    kept_[place] = {line.number, std::string(line.text)};
    return {};
  }

  void look_at_kept() {
    std::sort(kept_.begin(), kept_.end(),
              [](const Kept& a, const Kept& b) { return a.number < b.number; });
    for (const Kept& kept : kept_) {
      DocumentLine line;
      line.text = kept.text;
      if (const auto document = read_document(line)) sampler_.observe(*document, kept.number);
    }
    kept_.clear();
  }

  void count_unreadable(const std::string& file, uint64_t line, const DocumentFault& fault) {
    UnreadableLines& lines = unreadable_[fault.kind];
    lines.kind = fault.kind;
    ++lines.count;
    if (lines.first.size() < kUnreadableNamedMax)
      lines.first.push_back(place_text(file, line, fault));
  }

  const SampleOptions& options_;
  sampling::Sampler sampler_;
  std::vector<Kept> kept_;
  size_t kept_bytes_ = 0;
  std::map<std::string, UnreadableLines> unreadable_;
};

// What an app in the directory consists of; nothing if there is none.
Result<AppFiles> files_there(const std::string& directory) {
  std::error_code error;
  if (!fs::exists(directory, error)) return AppFiles();
  if (!fs::is_directory(directory, error))
    return fail(ErrorCode::kUsage, fmt::format("--out: {} is no directory", directory));
  return read_app_directory(directory);
}

Status write_files(const std::string& directory, const AppFiles& files) {
  for (const auto& [path, text] : files) {
    const fs::path full = fs::path(directory) / path;
    std::error_code error;
    fs::create_directories(full.parent_path(), error);
    std::ofstream out(full, std::ios::binary);
    out << text;
    if (!out.flush()) return fail(ErrorCode::kIo, full.string() + " cannot be written");
  }
  return {};
}

// Nothing of the app that is there is written over unasked, and what comes of it must be whole.
Status check_files(const SampleOptions& options, const AppFiles& there, const AppFiles& files) {
  for (const auto& [path, text] : files) {
    const auto old = there.find(path);
    if (old != there.end() && old->second != text && !options.replace)
      return fail(ErrorCode::kExists,
                  fmt::format("{}/{} is there already: --replace writes over it; or choose another "
                              "--out or --title",
                              options.out, path));
  }
  AppFiles whole = there;
  for (const auto& [path, text] : files) whole[path] = text;
  const AppReport report = report_of_app(whole);
  for (const AppFileReport& file : report.files)
    for (const AppMessage& message : file.messages)
      if (message.severity == AppMessage::Severity::error)
        return fail(ErrorCode::kBadApp,
                    fmt::format("no authority would start on what comes of it, so nothing was "
                                "written: {}{}{}: {}; {}",
                                file.path, message.pointer.empty() ? "" : " ", message.pointer,
                                message.text, message.remedy));
  return {};
}

struct TypeNames {
  std::vector<std::string> titles;
  std::vector<std::string> collections;
  std::vector<std::string> all;
};

Result<TypeNames> names_of(const SampleOptions& options) {
  TypeNames named;
  if (options.files.empty()) return fail(ErrorCode::kUsage, "schema sample: which file?");
  if (!options.titles.empty() && options.titles.size() != options.files.size())
    return fail(ErrorCode::kUsage,
                fmt::format("{} files and {} titles: give each file a --title, in their order, or "
                            "none",
                            options.files.size(), options.titles.size()));
  if (std::count(options.files.begin(), options.files.end(), "-") > 1)
    return fail(ErrorCode::kUsage, "- is stdin, which can be read once");
  if (options.sample && (*options.sample == 0 || *options.sample > sampling::kSampleMax))
    return fail(ErrorCode::kUsage, fmt::format("--sample takes 1 to {}; without it all documents "
                                               "are looked at",
                                               sampling::kSampleMax));
  for (size_t i = 0; i < options.files.size(); ++i) {
    const bool titled = !options.titles.empty();
    const std::string title = titled ? options.titles[i] : stem_of(options.files[i]);
    SYNCLINE_TRY(check_title(title));
    const std::string collection = options.files[i] == "-" && titled
                                       ? plain_name(title, "documents")
                                       : stem_of(options.files[i]);
    for (const auto* each : {&named.titles, &named.collections})
      if (const auto twice =
              std::find(each->begin(), each->end(), each == &named.titles ? title : collection);
          twice != each->end())
        return fail(ErrorCode::kUsage,
                    fmt::format("two files make the {} {}: {}",
                                each == &named.titles ? "type" : "collection", *twice,
                                "give each file another --title and name"));
    named.titles.push_back(title);
    named.collections.push_back(collection);
    named.all.push_back(title);
    named.all.push_back(collection);
  }
  return named;
}

}  // namespace

Result<int> sample_schema(const SampleOptions& options) {
  SYNCLINE_ASSIGN(const TypeNames named, names_of(options));
  SYNCLINE_ASSIGN(const AppFiles there, files_there(options.out));
  const fs::path out = fs::path(options.out).lexically_normal();
  const std::string name = plain_name(
      out.has_filename() ? out.filename().string() : out.parent_path().filename().string(), "app");
  const sampling::AppPlace place = sampling::place_in(there, name);

  ProgressLine progress;
  std::vector<std::unique_ptr<FileReading>> readings;
  for (const std::string& file : options.files) {
    readings.push_back(std::make_unique<FileReading>(options, named.all));
    SYNCLINE_TRY(readings.back()->read(file, &progress));
  }
  progress.clear();

  sampling::EmbeddedNames embedded({named.titles.begin(), named.titles.end()});
  std::vector<sampling::SampledType> types;
  for (size_t i = 0; i < readings.size(); ++i)
    types.push_back(sampling::infer_type(named.titles[i], named.collections[i],
                                         &readings[i]->sampler(), &embedded));
  std::vector<sampling::SampledType*> pointers;
  std::vector<const sampling::Sampler*> samplers;
  for (size_t i = 0; i < types.size(); ++i) {
    pointers.push_back(&types[i]);
    samplers.push_back(&readings[i]->sampler());
  }
  sampling::suggest_links(pointers, samplers, place.service + "/" + place.database);

  const AppFiles files = sampling::files_of(types, place, name, there);
  SYNCLINE_TRY(check_files(options, there, files));
  SYNCLINE_TRY(write_files(options.out, files));

  SampleReport report;
  report.directory = options.out;
  report.new_app = files.contains("data_sources/" + place.service + "/default_rule.json");
  bool all_read = true;
  for (size_t i = 0; i < types.size(); ++i) {
    report.types.push_back({options.files[i], &types[i], readings[i]->unreadable()});
    all_read = all_read && report.types.back().unreadable.empty();
  }
  for (const auto& [path, text] : files) report.written.push_back(path);
  terminal().line(
      options.json ? to_json(report).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                   : to_text(report));
  return all_read ? 0 : 1;
}

}  // namespace syncline
