#include "node/cli/import_command.h"

#include <fstream>
#include <iostream>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/cli/commands.h"
#include "node/cli/control.h"
#include "node/cli/document_text.h"
#include "node/cli/progress_line.h"
#include "node/cli/store_access.h"

namespace syncline {
namespace {

constexpr size_t kChunkLinesMax = 500;
constexpr size_t kChunkBytesMax = 4u << 20;
// Lines told one by one on stderr; the summary counts all, and --rejects has all.
constexpr uint64_t kToldMax = 1'000;
constexpr size_t kLinesNamedMax = 5;

// The store for as long as the import takes: its daemon, or opened here once.
class ImportStore {
 public:
  explicit ImportStore(std::string path) : path_(std::move(path)) {}

  Result<nlohmann::json> ask(const Request& request) {
    std::string answer;
    Output output = terminal();
    output.line = [&](const std::string& line) { return answer = line, true; };
    if (!store_) {
      if (auto connection = connect_control(path_ + "/control.sock")) {
        SYNCLINE_TRY(ask_daemon(*connection, request, output));
      } else {
        SYNCLINE_ASSIGN(OpenStore opened, open_store(path_, false));
        store_.emplace(std::move(opened));
      }
    }
    if (store_) SYNCLINE_TRY(store_->handler->handle(request, output));
    nlohmann::json json = nlohmann::json::parse(answer, nullptr, false);
    if (!json.is_object()) return fail(ErrorCode::kInternal, "the store did not answer the import");
    return json;
  }

 private:
  std::string path_;
  std::optional<OpenStore> store_;
};

// Lines that were left out, and why.
class Rejects {
 public:
  Status open(const std::string& file) {
    if (file.empty()) return {};
    file_ = file;
    lines_.open(file, std::ios::binary);
    reasons_.open(file + ".reasons", std::ios::binary);
    return check();
  }
  bool wanted() const { return !file_.empty(); }
  void reason(const std::string& text) {
    if (wanted()) reasons_ << fmt::format("{}:{}: from {}\n", file_, ++count_, text);
  }
  void line(std::string_view raw) {
    if (wanted()) lines_ << raw << "\n";
  }
  void piece(std::string_view piece, bool last) {
    if (wanted()) lines_ << piece << (last ? "\n" : "");
  }
  Status check() {
    if (wanted() && (!lines_.flush() || !reasons_.flush()))
      return fail(ErrorCode::kIo, fmt::format("{} cannot be written", file_));
    return {};
  }

 private:
  std::string file_;
  std::ofstream lines_;
  std::ofstream reasons_;
  uint64_t count_ = 0;
};

// One kind of fault, in all lines.
struct FaultCount {
  uint64_t count = 0;
  std::vector<uint64_t> lines;
};

struct ChunkLine {
  uint64_t number = 0;
  std::string raw;
  std::string text;
  std::optional<DocumentFault> fault;
  bool refused = false;  // by the authority
};

class ImportRun {
 public:
  ImportRun(const ImportOptions& options, DocumentLines lines)
      : options_(options), lines_(std::move(lines)), store_(options.store) {}

  Result<int> run() {
    SYNCLINE_TRY(check_rejects());
    SYNCLINE_TRY(rejects_.open(options_.rejects));
    lines_.on_long_line = [this](const DocumentLine&, std::string_view piece, bool last) {
      if (!long_line_begun_) begin_long_line();
      if (!stopped_at_) rejects_.piece(piece, last);
    };
    DocumentLine line;
    for (;;) {
      SYNCLINE_ASSIGN(const bool more, lines_.next(&line));
      if (!more) break;
      if (!line.too_long && line.blank()) continue;
      SYNCLINE_TRY(take(line));
      if (stopped_at_) break;
    }
    SYNCLINE_TRY(flush());
    return finish();
  }

 private:
  // What is read is not written over.
  Status check_rejects() const {
    if (options_.rejects.empty()) return {};
    for (const std::string& file : {options_.rejects, options_.rejects + ".reasons"})
      if (lines_.reads(file))
        return fail(ErrorCode::kUsage,
                    fmt::format("--rejects {}: {} is the file that is read; name another",
                                options_.rejects, file));
    return {};
  }

  Status take(const DocumentLine& line) {
    if (line.too_long) {
      SYNCLINE_TRY(std::exchange(flushed_before_, Status()));
      long_line_begun_ = false;
      if (stopped_at_) return {};
      tell(line.number, read_document(line).error());
      return rejects_.check();
    }
    ChunkLine item{line.number, std::string(line.raw), {}, {}};
    auto document = read_document(line);
    if (!document) {
      item.fault = std::move(document.error());
    } else {
      item.text = line.text;
    }
    bytes_ += item.raw.size();
    chunk_.push_back(std::move(item));
    const bool stops = options_.strict && chunk_.back().fault;
    if (stops || chunk_.size() >= kChunkLinesMax || bytes_ >= kChunkBytesMax) return flush();
    return {};
  }

  // What came before it goes first, so that rejects keep the order of the file.
  void begin_long_line() {
    long_line_begun_ = true;
    flushed_before_ = flush();
  }

  Status flush() {
    Request request{{"command", "import"}, {"type", options_.type}, {"strict", options_.strict}};
    request["lines"] = nlohmann::json::array();
    request["numbers"] = nlohmann::json::array();
    for (ChunkLine& line : chunk_) {
      if (line.fault) continue;
      request["lines"].push_back(std::move(line.text));
      request["numbers"].push_back(line.number);
    }
    if (!request["lines"].empty()) {
      SYNCLINE_ASSIGN(const nlohmann::json answer, store_.ask(request));
      imported_ += answer.value("imported", uint64_t{0});
      queued_ += answer.value("queued", uint64_t{0});
      for (const auto& one : answer.value("rejected", nlohmann::json::array()))
        mark(one, {one.value("kind", "schema"), 0, one.value("error", ""), ""}, false);
      for (const auto& one : answer.value("refused", nlohmann::json::array()))
        mark(one, {one.value("reason", "schema"), 0, one.value("text", ""), ""}, true);
    }
    for (const ChunkLine& line : chunk_) {
      if (!line.fault) continue;
      refused_ += line.refused;
      tell(line.number, *line.fault, line.refused);
      rejects_.line(line.raw);
      if (stopped_at_) break;
    }
    chunk_.clear();
    bytes_ = 0;
    progress_.show_bar(fmt::format("{} imported", imported_), lines_.part());
    return rejects_.check();
  }

  void mark(const nlohmann::json& answer, DocumentFault fault, bool refused) {
    const uint64_t number = answer.value("line", uint64_t{0});
    for (ChunkLine& line : chunk_) {
      if (line.number != number) continue;
      line.fault = std::move(fault);
      line.refused = refused;
      return;
    }
  }

  void tell(uint64_t number, const DocumentFault& fault, bool refused = false) {
    if (!refused) ++rejected_;
    FaultCount& of_kind = faults_[fault.kind];
    if (of_kind.lines.size() < kLinesNamedMax) of_kind.lines.push_back(number);
    ++of_kind.count;
    const std::string text =
        place_text(lines_.name(), number, fault) + (refused ? " (refused)" : "");
    rejects_.reason(text);
    if (options_.strict) {
      stopped_at_ = number;
      stopped_by_ = Error(refused ? ErrorCode::kRefused : ErrorCode::kBadData, text);
      return;
    }
    if (++told_ > kToldMax) return;
    progress_.clear();
    std::cerr << text << "\n";
    if (told_ == kToldMax)
      std::cerr << fmt::format("more than {} lines are wrong: the others are {}\n", kToldMax,
                               rejects_.wanted() ? "in " + options_.rejects + ".reasons"
                                                 : "counted (--rejects FILE keeps them)");
  }

  Result<int> finish() {
    progress_.clear();
    if (options_.json) {
      nlohmann::json faults = nlohmann::json::array();
      for (const auto& [kind, fault] : faults_)
        faults.push_back({{"kind", kind}, {"count", fault.count}, {"lines", fault.lines}});
      terminal().line(nlohmann::json{
          {"imported", imported_},
          {"rejected", rejected_},
          {"refused", refused_},
          {"queued", queued_},
          {"faults", faults},
          {"stopped_at", stopped_at_ ? nlohmann::json(*stopped_at_) : nlohmann::json()}}
                          .dump());
    } else {
      terminal().line(summary());
    }
    if (stopped_at_)
      return fail(stopped_by_.code,
                  fmt::format("{}\nstopped there: {} documents of the lines before it were "
                              "written, nothing of it or after it",
                              stopped_by_.message, imported_));
    return rejected_ + refused_ == 0 ? 0 : 1;
  }

  std::string summary() const {
    std::string text =
        fmt::format("{} imported, {} rejected, {} refused", imported_, rejected_, refused_);
    if (queued_ > 0)
      text += fmt::format(
          "\n  {} await the authority's decision (`syncline rejections list` "
          "tells what it refuses)",
          queued_);
    for (const auto& [kind, fault] : faults_)
      text += fmt::format("\n  {:>8} {} (line{} {}{})", fault.count, kind,
                          fault.lines.size() == 1 ? "" : "s", fmt::join(fault.lines, ", "),
                          fault.count > fault.lines.size() ? ", ..." : "");
    return text;
  }

  const ImportOptions& options_;
  DocumentLines lines_;
  ImportStore store_;
  Rejects rejects_;
  ProgressLine progress_;
  std::vector<ChunkLine> chunk_;
  size_t bytes_ = 0;
  bool long_line_begun_ = false;
  Status flushed_before_;
  uint64_t imported_ = 0, rejected_ = 0, refused_ = 0, queued_ = 0, told_ = 0;
  std::map<std::string, FaultCount> faults_;
  std::optional<uint64_t> stopped_at_;
  Error stopped_by_;
};

}  // namespace

Result<int> import_file(const ImportOptions& options) {
  SYNCLINE_ASSIGN(DocumentLines lines, DocumentLines::open(options.file));
  return ImportRun(options, std::move(lines)).run();
}

}  // namespace syncline
