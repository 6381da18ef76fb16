package users

import "github.com/nightclerk/nightclerk/issuer"

// Subject returns what tokens can say of the user.
func (u *User) Subject() issuer.User {
	out := issuer.User{
		ID: u.ID, ExternalID: u.ExternalID, FirstName: u.FirstName, LastName: u.LastName, Username: u.Username,
		ImageURL: u.ImageURL(), HasImage: u.HasImage(), CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, LastSignInAt: u.LastSignInAt,
		TwoFactorEnabled: u.TwoFactorEnabled(), PasswordEnabled: u.PasswordEnabled(),
		PublicMetadata: u.PublicMetadata(), UnsafeMetadata: u.UnsafeMetadata(),
	}
	if e := u.PrimaryEmailAddress(); e != nil {
		out.PrimaryEmailAddress, out.EmailVerified = &e.Value, e.Status == Verified
	}
	if p := u.PrimaryPhoneNumber(); p != nil {
		out.PrimaryPhoneNumber, out.PhoneNumberVerified = &p.Value, p.Status == Verified
	}
	return out
}
