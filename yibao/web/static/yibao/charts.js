// Pictures beside the tables, drawn from the JSON element "charts"; a click opens the list.
"use strict";

(() => {
  const source = document.getElementById("charts");
  if (!source || !window.echarts) return;
  const data = JSON.parse(source.textContent);
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(`--${name}`).trim();
  const fonts = getComputedStyle(document.body).fontFamily;
  const fills = { green: "#2f9e63", orange: "#e8933a", blue: "#3f83d6", neutral: "#8996a5", grey: "#d3dae2" };
  const blues = ["#3f83d6", "#a9caf0", "#8ab7eb", "#6aa2e3", "#3f83d6"];
  const inks = { green: "#fff", orange: "#3d2100", blue: "#fff", neutral: "#fff", grey: "#3d4854" };
  const text = { color: token("ink"), fontFamily: fonts, fontSize: 12 };
  const soft = { ...text, color: token("ink-soft") };
  // Rich text: the content policy allows no styles in inserted HTML.
  const tip = { renderMode: "richText", textStyle: text, backgroundColor: token("paper"), borderColor: token("line"), confine: true };
  const yuan = (value) => `¥${Number(value).toLocaleString("zh-CN", { minimumFractionDigits: 2 })}`;
  const short = (name, most) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);

  const funnel = ({ steps }) => {
    const all = steps[0].value || 1;
    const rows = [...steps].reverse();
    return {
      grid: { left: 70, right: 118, top: 4, bottom: 4 },
      xAxis: { type: "value", show: false, max: all },
      yAxis: { type: "category", data: rows.map((step) => step.name), axisLine: { show: false }, axisTick: { show: false }, axisLabel: text },
      tooltip: { ...tip, formatter: ({ dataIndex }) => `${rows[dataIndex].name} ${rows[dataIndex].value} 人` },
      series: [{
        type: "bar", barWidth: "62%", cursor: "pointer", silent: false,
        data: rows.map((step, at) => ({
          value: step.value, href: step.href,
          itemStyle: { color: at === 0 ? fills.green : blues[at % blues.length], borderRadius: 4 },
          label: { show: true, position: "right", ...text, formatter: `{b|${step.value}} 人  {s|${Math.round((step.value / all) * 1000) / 10}%}`, rich: { b: { fontWeight: 600, color: token("ink") }, s: { color: token("ink-soft") } } },
        })),
      }],
    };
  };

  const bars = ({ names, series, kind }, narrow) => {
    const money = kind === "money";
    const sums = names.map((_, at) => series.reduce((sum, one) => sum + Number(one.values[at].value), 0));
    const share = (value, at) => (sums[at] ? (Number(value) / sums[at]) * 100 : 0);
    const most = Math.max(...sums, 1);
    return {
      grid: { left: narrow ? 92 : 168, right: money ? 96 : 20, top: narrow && !money ? 58 : 34, bottom: 4 },
      legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, itemGap: 14, textStyle: soft, selectedMode: false },
      xAxis: { type: "value", show: false, max: money ? most : 100 },
      yAxis: { type: "category", data: names, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...text, formatter: (name) => short(name, narrow ? 7 : 13) } },
      tooltip: {
        ...tip, trigger: "item",
        formatter: ({ name, seriesIndex, dataIndex }) => {
          const one = series[seriesIndex];
          const { value } = one.values[dataIndex];
          return money ? `${name}\n${one.name} ${yuan(value)}` : `${name}\n${one.name} ${value} 人，占 ${Math.round(share(value, dataIndex) * 10) / 10}%`;
        },
      },
      series: series.map((one, at) => ({
        name: one.name, type: "bar", stack: "all", barMaxWidth: 22, cursor: one.values[0]?.href ? "pointer" : "default",
        itemStyle: { color: fills[one.tone], borderColor: token("paper"), borderWidth: 1 },
        data: one.values.map(({ value, href }, place) => ({ value: money ? Number(value) : share(value, place), href })),
        label: {
          show: true, position: at === series.length - 1 && money ? "right" : "inside", ...text, fontSize: 11, color: inks[one.tone],
          formatter: ({ dataIndex }) => {
            const { value } = one.values[dataIndex];
            if (money) return "";
            return share(value, dataIndex) >= 6 ? String(value) : "";
          },
        },
      })).concat(money ? [{
        name: "", type: "bar", stack: "all", silent: true, data: sums.map(() => 0), tooltip: { show: false },
        label: { show: true, position: "right", ...soft, formatter: ({ dataIndex }) => yuan(sums[dataIndex]) },
      }] : []),
    };
  };

  const lines = ({ days, series }, narrow) => ({
    grid: { left: 44, right: narrow ? 16 : 92, top: narrow ? 52 : 34, bottom: 26 },
    legend: { top: 0, left: 0, itemGap: 14, textStyle: soft, selectedMode: false },
    xAxis: { type: "category", data: days, boundaryGap: false, axisLabel: soft, axisTick: { show: false } },
    yAxis: { type: "value", min: 0, max: 100, axisLabel: { ...soft, formatter: "{value}%" }, splitLine: { lineStyle: { color: token("line") } } },
    tooltip: {
      ...tip, trigger: "axis",
      formatter: (points) => [points[0].axisValue, ...points.filter((p) => p.data.value !== "-").map((p) => `${p.seriesName} ${p.data.count} 人，${p.data.value}%`)].join("\n"),
    },
    series: series.map((one) => ({
      name: one.name, type: "line", showSymbol: false, symbolSize: 7, triggerLineEvent: false,
      lineStyle: { width: one.before ? 1.5 : 2.5, type: one.before ? "dashed" : "solid" },
      color: fills[one.tone], endLabel: { show: !narrow && !one.before, ...text, formatter: ({ data: point }) => `${one.name} ${Math.round(point.value)}%` },
      data: one.values.map((point) => (point ? { value: Number(point.share), count: point.value, href: point.href } : { value: "-" })),
    })),
  });

  const kinds = { funnel, lines };

  for (const box of document.querySelectorAll("[data-chart]")) {
    const one = data[box.dataset.chart];
    if (one.names) box.style.height = `${Math.max(160, 60 + one.names.length * 34)}px`;
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    const draw = () => {
      const narrow = box.clientWidth < 520;
      chart.setOption({ animation: false, ...(kinds[one.kind] || bars)(one, narrow) }, true);
    };
    draw();
    chart.on("click", ({ data: point }) => { if (point?.href) location.assign(point.href); });
    new ResizeObserver(() => { chart.resize(); draw(); }).observe(box);
  }
})();
