package apierr

import (
	"fmt"
	"net/http"
	"strings"
)

// form returns a 422 about one parameter.
func form(code, param, message, long string) *Error {
	e := &Error{Status: http.StatusUnprocessableEntity, Code: code, Message: message, LongMessage: long}
	if param != "" {
		e.Meta = map[string]any{"param_name": param}
	}
	return e
}

// FormConditionalParamDisallowed is answered when two parameters exclude each
// other.
func FormConditionalParamDisallowed(param, existing string) *Error {
	return form("form_conditional_param_disallowed", param, "is not allowed",
		fmt.Sprintf("`%s` isn't allowed when `%s` is present.", param, existing))
}

// FormConditionalParamMissing is answered when one parameter needs another.
func FormConditionalParamMissing(missing, present string) *Error {
	return form("form_conditional_param_missing", missing, "is missing",
		fmt.Sprintf("`%s` is required when `%s` is present.", missing, present))
}

// FormDuplicateParameterValue is answered when a list repeats a value.
func FormDuplicateParameterValue(param string) *Error {
	return form("form_param_duplicate", param, "duplicate values", param+" contains duplicate values")
}

// FormIdentifierExists is answered when an identifier is taken.
func FormIdentifierExists(param string) *Error {
	what := identifierName(param)
	return form("form_identifier_exists", param, "That "+what+" is taken. Please try another.", "That "+what+" is taken. Please try another.")
}

// FormIdentifierNotFound is answered when no account has an identifier.
func FormIdentifierNotFound(param string) *Error {
	return form("form_identifier_not_found", param, "Couldn't find your account.", "Couldn't find your account.")
}

// identifierName is the parameter's name as a person would say it.
func identifierName(param string) string {
	return strings.ReplaceAll(strings.TrimSuffix(param, "[]"), "_", " ")
}

// FormDataMissing is answered when a new user lacks what the instance requires.
func FormDataMissing(params ...string) *Error {
	e := form("form_data_missing", "", "missing data",
		fmt.Sprintf("%q data doesn't match user requirements set for this instance", params))
	e.Meta = map[string]any{"param_names": params}
	return e
}

// FormDisallowFutureDate is answered for a date that has not come yet.
func FormDisallowFutureDate(param string) *Error {
	const text = "Date values must not be in the future."
	return form("form_disallow_future_date", param, text, text)
}

// FormInvalidApp is answered for an address of an app that a browser cannot be
// sent to.
func FormInvalidApp(param, value string) *Error {
	return form("form_param_value_invalid", param, "is invalid",
		"The app "+value+" must be an address with http or https, such as http://localhost:3000.")
}

// FormInvalidEmailAddress is answered for text that is no e-mail address.
func FormInvalidEmailAddress(param string) *Error {
	return form("form_param_format_invalid", param, "is invalid", param+" must be a valid email address.")
}

// FormInvalidEncoding is answered for text that is not UTF-8 or carries \u0000.
func FormInvalidEncoding(param string) *Error {
	return form("form_param_value_invalid", param, "invalid character encoding", param+" contains invalid UTF-8 characters")
}

// FormInvalidParameterFormat is answered for a value of a wrong form; hint says
// what the right one is.
func FormInvalidParameterFormat(param, hint string) *Error {
	return form("form_param_format_invalid", param, "is invalid", strings.TrimSpace(param+" is invalid. "+hint))
}

// FormInvalidParameterValue is answered for a value that is none of the allowed
// ones.
func FormInvalidParameterValue(param, value string, allowed ...string) *Error {
	if len(allowed) == 0 {
		return form("form_param_value_invalid", param, "is invalid",
			fmt.Sprintf("%s does not match one of the allowed values for parameter %s", value, param))
	}
	return form("form_param_value_invalid", param, "is invalid",
		fmt.Sprintf("%s does not match the allowed values for parameter %s. Allowed values: %s", value, param, strings.Join(allowed, ", ")))
}

// FormInvalidPhoneNumber is answered for text that is no E.164 number.
func FormInvalidPhoneNumber(param string) *Error {
	return form("form_param_format_invalid", param, "is invalid", param+" must be a valid phone number according to E.164 international standard.")
}

// FormInvalidTime is answered for text that is no RFC 3339 time.
func FormInvalidTime(param string) *Error {
	return form("form_param_invalid_time", param, "invalid format",
		param+" must contain a datetime specified in RFC3339 format (e.g. `2022-10-20T10:00:27.645Z`).")
}

// FormInvalidType is answered for a JSON value of a wrong type.
func FormInvalidType(param, want string) *Error {
	return form("form_param_type_invalid", param, "is invalid", fmt.Sprintf("`%s` must be a `%s`.", param, want))
}

// FormMetadataInvalidType is answered for metadata that is not a JSON object.
func FormMetadataInvalidType(param string) *Error {
	return form("form_param_value_invalid", param, "is invalid", param+" must be a valid JSON object")
}

// FormMissingParameter is answered when a required parameter is absent.
func FormMissingParameter(param string) *Error {
	return form("form_param_missing", param, "is missing", param+" must be included.")
}

// FormMissingResource is answered when a parameter names something that does
// not exist.
func FormMissingResource(param string) *Error {
	return form("form_resource_not_found", param, "is missing", "The resource associated with the supplied "+param+" was not found.")
}

// FormNilParameter is answered for an empty value where one is needed.
func FormNilParameter(param string) *Error {
	return form("form_param_nil", param, "is missing", "Enter "+identifierName(param)+".")
}

// FormParameterMaxLengthExceeded is answered for text that is too long.
func FormParameterMaxLengthExceeded(param string, limit int) *Error {
	return form("form_param_max_length_exceeded", param, "exceeds maximum length", fmt.Sprintf("%s should not exceed %d characters.", param, limit))
}

// FormParameterSizeTooLarge is answered for a value of too many bytes.
func FormParameterSizeTooLarge(param string, limit int) *Error {
	return form("form_param_exceeds_allowed_size", param, "exceeds allowed size", fmt.Sprintf("%s exceeds the maximum allowed size of %d bytes.", param, limit))
}

// FormParameterValueTooLarge is answered for a number above its limit.
func FormParameterValueTooLarge(param string, limit int64) *Error {
	return form("form_param_value_too_large", param, "Value too large", fmt.Sprintf("The value of %s can't be greater than %d", param, limit))
}

// FormParameterArraySizeExceeded is answered for a list of too many items.
func FormParameterArraySizeExceeded(param string, limit int) *Error {
	return form("form_param_array_size_exceeded", param, "exceeds maximum size", fmt.Sprintf("%s should not exceed %d items.", param, limit))
}

// FormUnknownParameter is answered for a parameter the operation does not have.
func FormUnknownParameter(param string) *Error {
	return form("form_param_unknown", param, "is unknown", param+" is not a valid parameter for this request.")
}

// FormUnverifiedIdentification is answered when an identifier must be verified
// first.
func FormUnverifiedIdentification(param string) *Error {
	return form("form_verification_needed", param, "is unverified", "This identification needs to be verified before you can perform this action.")
}

// FormPasswordDigestInvalid is answered for a digest its hasher cannot read.
func FormPasswordDigestInvalid(param, hasher string) *Error {
	return form("form_password_digest_invalid_code", param, "is invalid",
		fmt.Sprintf("%s is not a valid %s digest.", param, hasher))
}

// FormPasswordLengthTooShort is answered for a password of fewer than limit
// characters.
func FormPasswordLengthTooShort(param string, limit int) *Error {
	text := fmt.Sprintf("Passwords must be %d characters or more.", limit)
	return form("form_password_length_too_short", param, text, text)
}

// FormPasswordLengthTooLong is answered for a password of limit characters or
// more.
func FormPasswordLengthTooLong(param string, limit int) *Error {
	text := fmt.Sprintf("Passwords must be less than %d characters.", limit)
	return form("form_password_length_too_long", param, text, text)
}

// FormPasswordNoNumber is answered for a password without a digit.
func FormPasswordNoNumber(param string) *Error {
	const text = "Passwords must contain at least one number."
	return form("form_password_no_number", param, text, text)
}

// FormPasswordNoLowercase is answered for a password without a lower-case letter.
func FormPasswordNoLowercase(param string) *Error {
	const text = "Passwords must contain at least one lowercase character."
	return form("form_password_no_lowercase", param, text, text)
}

// FormPasswordNoUppercase is answered for a password without a capital letter.
func FormPasswordNoUppercase(param string) *Error {
	const text = "Passwords must contain at least one uppercase character."
	return form("form_password_no_uppercase", param, text, text)
}

// FormPasswordNoSpecialChar is answered for a password without one of allowed.
func FormPasswordNoSpecialChar(param, allowed string) *Error {
	text := "Passwords must contain at least one of these special characters: " + allowed
	return form("form_password_no_special_char", param, text, text)
}

// FormPasswordSizeInBytesExceeded is answered for a password longer than bcrypt
// reads.
func FormPasswordSizeInBytesExceeded(param string) *Error {
	const text = "Your password is too long. Please use a shorter one."
	return form("form_password_size_in_bytes_exceeded", param, text, text)
}

// FormUsernameInvalidCharacter is answered for a username with other characters
// than letters, digits, - and _.
func FormUsernameInvalidCharacter(param string) *Error {
	text := identifierName(param) + " can only contain letters, numbers and '_' or '-'."
	return form("form_username_invalid_character", param, text, text)
}

// FormUsernameInvalidLength is answered for a username outside its limits.
func FormUsernameInvalidLength(param string, least, most int) *Error {
	text := fmt.Sprintf("%s must be between %d and %d characters long.", identifierName(param), least, most)
	return form("form_username_invalid_length", param, text, text)
}

// FormUsernameNeedsNonNumberChar is answered for a username of digits alone.
func FormUsernameNeedsNonNumberChar(param string) *Error {
	text := identifierName(param) + " must contain one non-number character."
	return form("form_username_needs_non_number_char", param, text, text)
}
