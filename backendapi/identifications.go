package backendapi

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/users"
)

// required refuses the first of a request's texts that is missing; pairs are
// parameter names and values.
func required(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return apierr.FormMissingParameter(pairs[i])
		}
	}
	return nil
}

// spelled runs fn in a transaction and answers what it returns in the Backend
// API's spelling.
func spelled[T any, J any](a *API, c *Call, spell func(T) J, fn func(*store.Tx) (T, error)) (out J, err error) {
	err = a.write(c, func(tx *store.Tx) error {
		item, err := fn(tx)
		if err == nil {
			out = spell(item)
		}
		return err
	})
	return out, err
}

// looked is spelled for reading.
func looked[T any, J any](a *API, c *Call, spell func(T) J, fn func(*store.Tx) (T, error)) (out J, err error) {
	err = a.read(c, func(tx *store.Tx) error {
		item, err := fn(tx)
		if err == nil {
			out = spell(item)
		}
		return err
	})
	return out, err
}

// createEmailAddress implements CreateEmailAddress.
func (a *API) createEmailAddress(c *Call, in users.EmailParams) (out users.EmailAddressJSON, err error) {
	if err := required("user_id", in.UserID, "email_address", in.EmailAddress); err != nil {
		return out, err
	}
	return spelled(a, c, (*users.EmailAddress).Backend, func(tx *store.Tx) (*users.EmailAddress, error) {
		return users.CreateEmailAddress(tx, c.Rules(), in)
	})
}

type emailPath struct {
	ID string `path:"email_address_id"`
}

// getEmailAddress implements GetEmailAddress.
func (a *API) getEmailAddress(c *Call, in emailPath) (users.EmailAddressJSON, error) {
	return looked(a, c, (*users.EmailAddress).Backend, func(tx *store.Tx) (*users.EmailAddress, error) {
		return users.GetEmailAddress(tx, in.ID)
	})
}

type updateEmailParams struct {
	ID string `path:"email_address_id" json:"-"`
	users.EmailUpdate
}

// updateEmailAddress implements UpdateEmailAddress.
func (a *API) updateEmailAddress(c *Call, in updateEmailParams) (users.EmailAddressJSON, error) {
	return spelled(a, c, (*users.EmailAddress).Backend, func(tx *store.Tx) (*users.EmailAddress, error) {
		return users.UpdateEmailAddress(tx, c.Rules(), in.ID, in.EmailUpdate)
	})
}

// deleteEmailAddress implements DeleteEmailAddress.
func (a *API) deleteEmailAddress(c *Call, in emailPath) (deleted, error) {
	return spelled(a, c, itself, func(tx *store.Tx) (deleted, error) {
		return users.DeleteEmailAddress(tx, c.Rules(), in.ID)
	})
}

// itself spells what is spelt already.
func itself(d deleted) deleted { return d }

type replaceEmailParams struct {
	UserID       string       `path:"user_id" json:"-"`
	EmailAddress string       `json:"email_address"`
	Status       users.Status `json:"identification_status"`
	// Notify is accepted; no notification is sent.
	Notify *bool `json:"notify_primary_email_address_changed"`
}

// replaceUserEmailAddress implements ReplaceUserEmailAddress.
func (a *API) replaceUserEmailAddress(c *Call, in replaceEmailParams) (out users.EmailAddressJSON, err error) {
	if err := required("email_address", in.EmailAddress); err != nil {
		return out, err
	}
	return spelled(a, c, (*users.EmailAddress).Backend, func(tx *store.Tx) (*users.EmailAddress, error) {
		return users.ReplaceEmailAddresses(tx, c.Rules(), in.UserID, in.EmailAddress, in.Status)
	})
}

// createPhoneNumber implements CreatePhoneNumber.
func (a *API) createPhoneNumber(c *Call, in users.PhoneParams) (out users.PhoneNumberJSON, err error) {
	if err := required("user_id", in.UserID, "phone_number", in.PhoneNumber); err != nil {
		return out, err
	}
	return spelled(a, c, (*users.PhoneNumber).Backend, func(tx *store.Tx) (*users.PhoneNumber, error) {
		return users.CreatePhoneNumber(tx, c.Rules(), in)
	})
}

type phonePath struct {
	ID string `path:"phone_number_id"`
}

// getPhoneNumber implements GetPhoneNumber.
func (a *API) getPhoneNumber(c *Call, in phonePath) (users.PhoneNumberJSON, error) {
	return looked(a, c, (*users.PhoneNumber).Backend, func(tx *store.Tx) (*users.PhoneNumber, error) {
		return users.GetPhoneNumber(tx, in.ID)
	})
}

type updatePhoneParams struct {
	ID string `path:"phone_number_id" json:"-"`
	users.PhoneUpdate
}

// updatePhoneNumber implements UpdatePhoneNumber.
func (a *API) updatePhoneNumber(c *Call, in updatePhoneParams) (users.PhoneNumberJSON, error) {
	return spelled(a, c, (*users.PhoneNumber).Backend, func(tx *store.Tx) (*users.PhoneNumber, error) {
		return users.UpdatePhoneNumber(tx, c.Rules(), in.ID, in.PhoneUpdate)
	})
}

// deletePhoneNumber implements DeletePhoneNumber.
func (a *API) deletePhoneNumber(c *Call, in phonePath) (deleted, error) {
	return spelled(a, c, itself, func(tx *store.Tx) (deleted, error) {
		return users.DeletePhoneNumber(tx, c.Rules(), in.ID)
	})
}

type replacePhoneParams struct {
	UserID      string       `path:"user_id" json:"-"`
	PhoneNumber string       `json:"phone_number"`
	Status      users.Status `json:"identification_status"`
}

// replaceUserPhoneNumber implements ReplaceUserPhoneNumber.
func (a *API) replaceUserPhoneNumber(c *Call, in replacePhoneParams) (out users.PhoneNumberJSON, err error) {
	if err := required("phone_number", in.PhoneNumber); err != nil {
		return out, err
	}
	return spelled(a, c, (*users.PhoneNumber).Backend, func(tx *store.Tx) (*users.PhoneNumber, error) {
		return users.ReplacePhoneNumbers(tx, c.Rules(), in.UserID, in.PhoneNumber, in.Status)
	})
}
