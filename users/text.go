package users

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/nightclerk/nightclerk/internal/apierr"
)

// maxText is the longest name or external id, in characters. Clerk publishes
// the error for longer ones but not the limit; 256 is the one it documents for
// names of other resources.
const maxText = 256

// fold is the form in which texts are compared and searched: lower case,
// canonically composed. It is done here because the engines fold differently.
func fold(s string) string { return strings.ToLower(norm.NFC.String(s)) }

func foldPtr(s *string) *string {
	if s == nil {
		return nil
	}
	folded := fold(*s)
	return &folded
}

// encoding refuses what PostgreSQL cannot store and JSON cannot carry.
func encoding(param, s string) *apierr.Error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return apierr.FormInvalidEncoding(param)
	}
	return nil
}

// checkText checks free text.
func checkText(param, s string) *apierr.Error {
	if err := encoding(param, s); err != nil {
		return err
	}
	if utf8.RuneCountInString(s) > maxText {
		return apierr.FormParameterMaxLengthExceeded(param, maxText)
	}
	return nil
}

// given returns nil for an empty text: Clerk clears what is set to a blank
// string (spec: UpdateUser).
func given(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return s
}

var (
	usernameForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	localeForm   = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
)

// checkUsername checks a username. Only Latin letters are allowed, against
// look-alikes (docs: username-character-callout).
func (r Rules) checkUsername(name string) *apierr.Error {
	const param = "username"
	if err := encoding(param, name); err != nil {
		return err
	}
	least, most := r.UsernameSettings.MinLength, r.UsernameSettings.MaxLength
	if n := utf8.RuneCountInString(name); n < least || most > 0 && n > most {
		return apierr.FormUsernameInvalidLength(param, least, most)
	}
	if !usernameForm.MatchString(name) {
		return apierr.FormUsernameInvalidCharacter(param)
	}
	if strings.IndexFunc(name, func(c rune) bool { return !unicode.IsDigit(c) }) < 0 {
		return apierr.FormUsernameNeedsNonNumberChar(param)
	}
	return nil
}

func checkLocale(locale string) *apierr.Error {
	if len(locale) > maxText || !localeForm.MatchString(locale) {
		return apierr.FormInvalidParameterFormatBCP47("locale")
	}
	return nil
}
