package apierr

import (
	"fmt"
	"net/http"
)

// CreateSecondFactorUnverified is answered for a new second factor that is not
// verified.
func CreateSecondFactorUnverified() *Error {
	return badRequest("identification_create_second_factor_unverified", "Create failed", "Unverified identifications cannot be a second factor")
}

// FeatureNotEnabled is answered when the instance's settings switch a feature
// off.
func FeatureNotEnabled() *Error {
	return &Error{Status: http.StatusForbidden, Code: "feature_not_enabled", Message: "not enabled",
		LongMessage: "This feature is not enabled on this instance"}
}

// FormInvalidParameterFormatBCP47 is answered for text that is no language tag.
func FormInvalidParameterFormatBCP47(param string) *Error {
	return form("form_param_format_invalid", param, "is invalid", param+" must be a valid BCP-47 language tag.")
}

// FormNotAllowedToDisableDefaultSecondFactor is answered when the default second
// factor would be none any more.
func FormNotAllowedToDisableDefaultSecondFactor(param string) *Error {
	const text = "The default second factor method can only be changed by assigning another method as the default."
	return form("form_disable_default_second_factor_not_allowed", param, text, text)
}

// FormParameterArrayLengthMismatch is answered for two lists that should run
// parallel and do not.
func FormParameterArrayLengthMismatch(param, other string) *Error {
	return form("form_param_array_length_mismatch", param, "length mismatch",
		fmt.Sprintf("%s must contain exactly one item for each item in %s.", param, other))
}

// LastIdentificationSetFor2FAFailed is answered when the only identification
// would become a second factor.
func LastIdentificationSetFor2FAFailed() *Error {
	return badRequest("identification_update_failed", "Update failed", "You cannot set your last identification as second factor.")
}

// LastRequiredIdentificationDeletionFailed is answered when a user would lose
// the last identification of a type that the instance requires.
func LastRequiredIdentificationDeletionFailed(identification string) *Error {
	text := fmt.Sprintf("You are required to maintain at least one %s in your account at all times", identifierName(identification))
	return badRequest("last_required_identification_deletion_failed", "Deletion failed", text)
}

// UpdateSecondFactorUnverified is answered when a phone number that is not
// verified should become a second factor.
func UpdateSecondFactorUnverified() *Error {
	return badRequest("identification_update_second_factor_unverified", "Update failed",
		"Cannot update second factor attributes for unverified identification")
}
