#include "sim/script/step_words.h"

namespace syncline::sim {
namespace {

std::string_view word_of(step::Nodes::What what) {
  using What = step::Nodes::What;
  switch (what) {
    case What::hold:
      return "hold";
    case What::release:
      return "release";
    case What::connect:
      return "connect";
    case What::disconnect:
      return "disconnect";
    case What::crash:
      return "crash";
    case What::lose_power:
      return "power loss";
    case What::restart:
      return "start";
    case What::remove:
      return "remove";
  }
  return "step";
}

std::string word_of(const step::Stop& stop) {
  return stop.writes && stop.faults ? "all" : stop.writes ? "writes" : "faults";
}

std::string_view word_of(const step::Disk& disk) {
  switch (disk.is) {
    case step::Disk::Is::well:
      return "disk well";
    case step::Disk::Is::slow:
      return "disk slow";
    case step::Disk::Is::full:
      return "disk full";
    case step::Disk::Is::failing:
      return "disk fails";
  }
  return "disk";
}

using Words = std::vector<StepWords>;

Words say(const step::Commit& commit) { return {{commit.node, "commit", commit.label}}; }
Words say(const step::Upload& step) { return {{step.node, "upload", step.node, true}}; }
Words say(const step::Deliver& step) { return {{step.node, "deliver", step.node, true}}; }
Words say(const step::Nodes& step) {
  Words words;
  for (const std::string& name : step.names) words.push_back({name, word_of(step.what), name});
  return words;
}
Words say(const step::BackUp& step) { return {{step.node, "backup", step.node}}; }
Words say(const step::Restore& step) {
  return {{step.node, step.clone ? "clone" : "restore", step.node}};
}
Words say(const step::SetUser& step) { return {{"", "user", step.user.id}}; }
Words say(const step::Deploy&) { return {{kAuthorityName, "deploy", ""}}; }
Words say(const step::Subscribe& step) {
  return {{step.node, "subscribe", step.subscription.type}};
}
Words say(const step::Unsubscribe& step) { return {{step.node, "unsubscribe", step.name}}; }
Words say(const step::Trim&) { return {{kAuthorityName, "trim", ""}}; }
Words say(const step::Disk& step) { return {{step.node, word_of(step), step.node}}; }
Words say(const step::Run&) { return {{"", "run", "", true}}; }
Words say(const step::Stop& step) { return {{"", "stop", word_of(step)}}; }
Words say(const step::Settle&) { return {{"", "settle", ""}}; }
Words say(const step::CountTraffic&) { return {{"", "count traffic", "", true}}; }

template <class T>
concept Sayable = requires(const T& step) { say(step); };

}  // namespace

std::vector<StepWords> words_of(const Step& step) {
  return std::visit(
      [&]<class T>(const T& action) -> Words {
        if constexpr (Sayable<T>) {
          return say(action);
        } else {
          return {{"", "expect", step.pointer}};
        }
      },
      step.action);
}

std::string_view word_of(Ending how) {
  switch (how) {
    case Ending::killed:
      return "crash";
    case Ending::power:
      return "power loss";
    case Ending::failed:
      return "failed";
  }
  return "crash";
}

}  // namespace syncline::sim
