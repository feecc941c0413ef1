// Shows the numbers under the pointer, or under a cursor that the arrow keys move. Without it the page is complete.
(function () {
	"use strict";

	function plain(number) {
		return number < 10 && number % 1 ? number.toFixed(number < 1 ? 2 : 1) : Math.round(number).toLocaleString("en-US");
	}

	function bytes(number) {
		const units = ["KiB", "MiB", "GiB", "TiB"];
		let unit = 0;
		for (number /= 1024; number >= 1024 && unit + 1 < units.length; number /= 1024) unit++;
		return number.toFixed(1) + " " + units[unit];
	}

	const texts = {
		bytes: bytes,
		count: plain,
		rate: (number) => plain(number) + " /s",
		percent: (number) => plain(number) + " %",
	};

	// In the time zone of the axes, which need not be the reader's.
	function clock(time) {
		return new Date(time).toLocaleString("en-GB", { timeZone: "UTC", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
	}

	function readSeries(item) {
		return {
			name: (item.querySelector("bdi") || item).textContent.trim(),
			color: (item.className.match(/c\d/) || [""])[0],
			mark: item.classList.contains("mark"),
			values: item.dataset.values.split(",").map((word) => (word === "" ? NaN : Number(word))),
		};
	}

	function nearest(times, time) {
		let low = 0, high = times.length - 1;
		while (high - low > 1) {
			const middle = (low + high) >> 1;
			if (times[middle] < time) low = middle;
			else high = middle;
		}
		return time - times[low] < times[high] - time ? low : high;
	}

	function line(name, value, color) {
		const row = document.createElement("div"), number = document.createElement("b");
		row.className = color;
		number.textContent = value;
		row.append(name, number);
		return row;
	}

	function Chart(figure, times, start) {
		const svg = figure.querySelector("svg.chart"), data = svg.querySelector("svg.data");
		const cursor = svg.querySelector(".cursor"), tip = figure.querySelector(".tip");
		const series = Array.from(figure.querySelectorAll("li[data-values]"), readSeries);
		const format = texts[figure.dataset.unit];
		const span = times[times.length - 1] - times[0];
		let at = -1;

		function place(share) {
			const outer = figure.querySelector(".picture").getBoundingClientRect(), box = data.getBoundingClientRect();
			const x = box.left - outer.left + share * box.width, width = tip.offsetWidth;
			const left = x + 14 + width < outer.width ? x + 14 : x - 14 - width;
			tip.style.left = Math.max(0, left) + "px";
			tip.style.top = "8px";
		}

		function show(index) {
			at = Math.max(0, Math.min(times.length - 1, index));
			const share = span ? (times[at] - times[0]) / span : 0.5;
			const shown = series.filter((one) => !Number.isNaN(one.values[at]) && (!one.mark || one.values[at] > 0));
			const when = line(clock(start + times[at]), "", "when");
			tip.replaceChildren(when, ...shown.map((one) => line(one.name, one.mark ? "×" + one.values[at] : format(one.values[at]), one.color)));
			tip.hidden = false;
			for (const end of ["x1", "x2"]) cursor.setAttribute(end, 100 * share + "%");
			cursor.classList.add("on");
			place(share);
		}

		function hide() {
			tip.hidden = true;
			cursor.classList.remove("on");
		}

		function point(event) {
			const box = data.getBoundingClientRect();
			show(nearest(times, times[0] + ((event.clientX - box.left) / box.width) * span));
		}

		const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -Math.ceil(times.length / 10), PageDown: Math.ceil(times.length / 10), Home: -times.length, End: times.length };
		svg.addEventListener("pointermove", point);
		svg.addEventListener("pointerdown", point);
		svg.addEventListener("pointerleave", hide);
		svg.addEventListener("blur", hide);
		svg.addEventListener("keydown", function (event) {
			if (event.key === "Escape") hide();
			if (!(event.key in steps)) return;
			event.preventDefault();
			show(at < 0 ? (steps[event.key] > 0 ? 0 : times.length - 1) : at + steps[event.key]);
		});
	}

	for (const section of document.querySelectorAll("section[data-times]")) {
		const times = section.dataset.times.split(",").map(Number);
		for (const figure of section.querySelectorAll("figure.chart")) Chart(figure, times, Number(section.dataset.start) + 1000 * Number(section.dataset.zone));
	}
})();
