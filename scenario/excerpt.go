package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// excerptWidth is how many characters of a line are shown; a JSON file may be a single line.
const excerptWidth = 100

// excerpt is one line of a text with a caret below a column. What looks like a secret is masked,
// and with hide everything from the column on.
func excerpt(text string, line, col int, hide bool) string {
	near, col := neighbourhood(lineOf(text, line), col)
	runes := []rune(maskSecrets(near))
	if hide {
		for i := col - 1; i < len(runes); i++ {
			runes[i] = '*'
		}
	}
	shown, col := window(runes, col)
	return fmt.Sprintf("%6d | %s\n       | %s^", line, string(shown), padding(shown[:min(col-1, len(shown))]))
}

// padding is as wide as the text: tabs stay, for a terminal makes them as wide as above.
func padding(text []rune) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(text))
}

func lineOf(text string, line int) string {
	for ; line > 1; line-- {
		_, text, _ = strings.Cut(text, "\n")
	}
	text, _, _ = strings.Cut(text, "\n")
	return text
}

// neighbourhood cuts a huge line to a few thousand characters around the column: enough to mask
// every secret of usual length that begins outside what is shown in the end.
func neighbourhood(line string, col int) (string, int) {
	const reach = 4000
	if len(line) <= 2*reach {
		return line, col
	}
	at := 0
	for i := 1; i < col && at < len(line); i++ {
		_, size := utf8.DecodeRuneInString(line[at:])
		at += size
	}
	start, end := max(0, at-reach), min(len(line), at+reach)
	for start > 0 && !utf8.RuneStart(line[start]) {
		start--
	}
	return strings.ToValidUTF8(line[start:end], "�"), utf8.RuneCountInString(line[start:at]) + 1
}

// window cuts a long line to what surrounds the column and gives the column within the cut.
func window(line []rune, col int) ([]rune, int) {
	if len(line) <= excerptWidth {
		return line, min(col, len(line)+1)
	}
	start := max(0, min(col-1-excerptWidth/2, len(line)-excerptWidth))
	end := min(len(line), start+excerptWidth)
	cut := append([]rune(nil), line[start:end]...)
	if start > 0 {
		cut[0] = '…'
	}
	if end < len(line) {
		cut[len(cut)-1] = '…'
	}
	return cut, min(col-start, len(cut)+1)
}

var secretPatterns = []*regexp.Regexp{
	regexp.MustCompile(`\b[sp]k_live_([A-Za-z0-9+/=]+)`),
	regexp.MustCompile(`\bsk_test_([A-Za-z0-9]+)`),
	regexp.MustCompile(`\bwhsec_([A-Za-z0-9+/=_-]+)`),
	regexp.MustCompile(`"(?:password|password_digest|secret|secret_key|signing_key|database_url)"\s*:\s*"((?:[^"\\]|\\.)*)`),
	regexp.MustCompile(`\b(?:password|password_digest|secret|secret_key|signing_key|database_url)'?\s*:\s+([^"'|>{\[\s][^,}\n]*|"(?:[^"\\]|\\.)*|'[^']*)`),
	regexp.MustCompile(`([A-Za-z0-9+/=]{60,})`), // a line of PEM
}

// maskSecrets replaces the characters of secrets one by one, so that columns stay.
func maskSecrets(line string) string {
	for _, pattern := range secretPatterns {
		for _, at := range slices.Backward(pattern.FindAllStringSubmatchIndex(line, -1)) {
			masked := strings.Repeat("*", utf8.RuneCountInString(line[at[2]:at[3]]))
			line = line[:at[2]] + masked + line[at[3]:]
		}
	}
	return line
}
