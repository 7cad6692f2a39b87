// How families of metrics are put together.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire {

/// A family under construction.
class family {
public:
  family(std::string name, std::string help, prometheus::MetricType type) {
    result_.name = std::move(name);
    result_.help = std::move(help);
    result_.type = type;
  }

  family& add(double value,
              std::vector<prometheus::ClientMetric::Label> labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    if (result_.type == prometheus::MetricType::Counter)
      metric.counter.value = value;
    else
      metric.gauge.value = value;
    result_.metric.push_back(std::move(metric));
    return *this;
  }

  prometheus::MetricFamily done() { return std::move(result_); }

private:
  prometheus::MetricFamily result_;
};

inline prometheus::ClientMetric::Label label(std::string_view name,
                                             std::string_view value) {
  prometheus::ClientMetric::Label result;
  result.name = name;
  result.value = value;
  return result;
}

} // namespace tidewire
