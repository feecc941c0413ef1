#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# Not run in the Debian 13 root: it has no browser.
# Left to make check: it starts a browser for each test.
# The page that "siplaunch report" makes, opened from disk in Chromium: at two widths, in both colour schemes, for the pointer and
# for the keyboard.

load ../lib/common

setup_file() {
	export BATS_TEST_TIMEOUT=300
}

setup() {
	plain_environment
	export TZ=UTC
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return
}

samples() {
	"$PYTHON" "$REPO/tests/cli/page_samples.py" "$@"
}

# page_of NUMBER OPTION...: page.html of so many samples, a plan, a result of tune and a last record.
page_of() {
	samples "$@" >samples.json
	"$SIPLAUNCH" plan --format json --set cgroup.path=null --profile "$REPO/profiles/kamailio-512m.json" --workload registrations=20000 \
		-- kamailio -DD -E -f ./none.cfg >plan.json || true # other steps may be denied here
	"$SIPLAUNCH" report --output page.html samples.json plan.json "$REPO"/tests/fixtures/pages/{tuning,record}.json
}

# browse SIZE SCHEME EXPRESSION...: page.html has no error there, is not too wide, has contrast, and each expression is true.
browse() {
	run -0 "$PYTHON" "$REPO/tests/cli/page_browser.py" page.html "$@"
}

@test "on a telephone and on a wide screen, light and dark, the page fits, can be read, and loads nothing" {
	page_of 600
	for size in 375x800 1440x900; do
		for scheme in light dark; do
			browse $size $scheme 'document.querySelectorAll("figure.chart").length >= 7' \
				'getComputedStyle(document.body).backgroundColor === ("'$scheme'" === "dark" ? "rgb(20, 23, 27)" : "rgb(255, 255, 255)")' \
				'Array.from(document.querySelectorAll("svg.chart")).every((svg) => svg.getBoundingClientRect().width > 280)' \
				'Array.from(document.querySelectorAll("svg text")).every((text) => parseFloat(getComputedStyle(text).fontSize) >= 11)' \
				'Array.from(document.querySelectorAll("svg[role=img]")).every((svg) => svg.getAttribute("aria-labelledby").split(" ").every((id) => svg.querySelector("#" + id).textContent))'
		done
	done
}

@test "what is drawn is what was sampled" {
	page_of 600 --peak 123
	browse 1440x900 light \
		'document.querySelector("#s1-shared li:nth-child(2)").textContent.trim() === "used in all 90 MiB"' \
		'document.querySelector("#s1-shared li:nth-child(2)").dataset.values.split(",").filter((value) => value === "94371840").length === 1' \
		'document.querySelector("#s1-memory desc").textContent.includes("shared pool: 40 MiB to 90 MiB.")' \
		'document.querySelector("#s1-memory desc").textContent.includes("limit: 256 MiB.")' \
		'document.querySelector("#s1-objects desc").textContent.includes("registrations: 1,000 to 1,099.")' \
		'document.querySelector("#s1-requests desc").textContent.includes("requests: 50 /s to 50 /s.")' \
		'document.querySelector("#s1-modules").textContent.includes("usrloc")' \
		'document.querySelectorAll("#s1-memory path.mark")[0].getAttribute("d").split("M").length === 2' \
		'document.querySelectorAll("#s1-memory path.area").length === 6' \
		'/OOM kill ×1/.test(document.querySelector("#s1").textContent)' \
		'document.querySelector("#s1-memory tbody tr th").textContent === "25 Nov 2025, 06:40:00"' \
		'(() => { const box = document.querySelector("#s1-shared svg.data").getBoundingClientRect(), lines = document.querySelectorAll("#s1-shared path.line");
			const line = lines[1].getBBox(); return Math.abs(line.y - 200 * (1 - 90 / 160)) < 2 && box.width > 300; })()'
}

@test "the pointer and the arrow keys show the numbers of a time" {
	page_of 100 --peak 0
	browse 375x800 light \
		'document.querySelectorAll("#s1-shared .tip:not([hidden])").length === 0' \
		'(() => { const svg = document.querySelector("#s1-shared svg.chart"); svg.focus(); return document.activeElement === svg; })()' \
		'(() => { window.press = (key) => { document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: key, bubbles: true })); return document.querySelector("#s1-shared .tip").textContent; };
			const text = press("ArrowRight"); return text.includes("25 Nov 2025, 06:40:00") && text.includes("used in all90.0 MiB"); })()' \
		'press("ArrowRight").includes("06:40:02") && press("End").includes("06:43:18") && press("ArrowLeft").includes("06:43:16") && press("Home").includes("06:40:00")' \
		'document.querySelector("#s1-shared .cursor").classList.contains("on")' \
		'(press("Escape"), document.querySelector("#s1-shared .tip").hidden)' \
		'(() => { const box = document.querySelector("#s1-memory svg.data").getBoundingClientRect();
			document.querySelector("#s1-memory svg.chart").dispatchEvent(new PointerEvent("pointermove", { clientX: box.right, clientY: box.top + 5, bubbles: true }));
			const tip = document.querySelector("#s1-memory .tip"), at = tip.getBoundingClientRect();
			return !tip.hidden && tip.textContent.includes("06:43:18") && at.left >= 0 && at.right <= innerWidth; })()'
}

@test "malicious texts in samples stay text in a browser" {
	page_of 600 --hostile
	browse 375x800 dark 'window.hostile === undefined' 'document.images.length === 0' 'document.scripts.length === 1' \
		'document.querySelector("h2").textContent.includes("<img src=x onerror=")' \
		'(() => { const svg = document.querySelector("#s1-modules svg.chart"); svg.focus();
			svg.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" })); return document.querySelector("#s1-modules .tip").textContent.includes("usrloc</script>"); })()' \
		'document.images.length === 0'
}

@test "a page of one sample, and one of a hundred thousand, opens without an error" {
	samples 1 >samples.json
	"$SIPLAUNCH" report --output page.html samples.json
	browse 375x800 light 'document.querySelectorAll("figure.chart").length >= 5'
	samples 100000 --peak 54321 >samples.json
	"$SIPLAUNCH" report --output page.html samples.json
	browse 1440x900 dark 'document.querySelector("#s1-shared li:nth-child(2)").dataset.values.split(",").includes("94371840")' \
		'document.querySelector("#s1-shared li:nth-child(2)").dataset.values.split(",").length <= 1024'
}
