package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// row is one line of the table. The ratio is ours to bare, 1 being no cost at all
// and more being better, whatever the unit.
type row struct {
	what, unit string
	ours, bare float64
	ratio      spread
	// aim is the least ratio that is wanted; 0 for none.
	aim float64
}

func (r row) String() string {
	bare, ratio, between := number(r.bare), fmt.Sprintf("**%.2f**", r.ratio.median), fmt.Sprintf("%.2f – %.2f", r.ratio.min, r.ratio.max)
	if r.bare == 0 {
		bare, ratio, between = "", "", ""
	}
	return fmt.Sprintf("| %s | %s %s | %s | %s | %s | %s |", r.what, number(r.ours), r.unit, bare, ratio, between, r.verdict())
}

// verdict says whether the aim is reached.
func (r row) verdict() string {
	switch {
	case r.aim == 0:
		return ""
	case r.ratio.median >= r.aim:
		return fmt.Sprintf("≥ %.2f, reached", r.aim)
	}
	return fmt.Sprintf("≥ %.2f, **missed**", r.aim)
}

// number writes three significant digits or all before the point.
func number(f float64) string {
	switch {
	case f >= 100:
		return strconv.FormatFloat(f, 'f', 0, 64)
	case f >= 10:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}

// table is everything measured, as Markdown.
func table(rows []row) string {
	var out strings.Builder
	fmt.Fprintf(&out, "`make bench` on %d cores, GOMAXPROCS %d, %s %s/%s:\n\n", runtime.NumCPU(), runtime.GOMAXPROCS(0), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	out.WriteString("| ours / bare | ours | bare | ratio | range | aim |\n|---|---:|---:|---:|---:|---|\n")
	for _, r := range rows {
		fmt.Fprintln(&out, r)
	}
	return out.String()
}

// The table stands between these two lines of the document.
const (
	begin = "<!-- make bench: begin -->\n"
	end   = "<!-- make bench: end -->\n"
)

// replace puts a table into a document in place of the one that is there.
func replace(path, table string) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(doc, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return fmt.Errorf("%s lacks the lines %q and %q, between which the table goes", path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(path, bytes.Join([][]byte{before, []byte(begin + "\n" + table + "\n" + end), after}, nil), 0o644)
}
