package backendapi

import (
	"github.com/nightclerk/nightclerk/internal/apierr"
	"github.com/nightclerk/nightclerk/internal/store"
	"github.com/nightclerk/nightclerk/sessions"
	"github.com/nightclerk/nightclerk/users"
)

// user answers a user in the Backend API's spelling after fn changed it.
func (a *API) user(c *Call, fn func(*store.Tx) (*users.User, error)) (users.JSON, error) {
	return spelled(a, c, (*users.User).Backend, fn)
}

// createUser implements CreateUser.
func (a *API) createUser(c *Call, in users.CreateParams) (out users.JSON, err error) {
	if err := in.Prepare(new(users.Hasher)); err != nil {
		return out, err
	}
	return a.user(c, func(tx *store.Tx) (*users.User, error) { return users.Create(tx, c.Rules(), in) })
}

// getUserList implements GetUserList.
func (a *API) getUserList(c *Call, in users.Filter) (out []users.JSON, err error) {
	err = a.read(c, func(tx *store.Tx) error {
		list, err := users.List(tx, c.Rules(), in)
		out = mapped(list, (*users.User).Backend)
		return err
	})
	return out, err
}

// getUsersCount implements GetUsersCount. The SDK calls it beside every list,
// with the same parameters; those of the page do not matter.
func (a *API) getUsersCount(c *Call, in users.Filter) (out totalCount, err error) {
	err = a.read(c, func(tx *store.Tx) error {
		n, err := users.Count(tx, in)
		out = totalCount{Object: "total_count", TotalCount: n}
		return err
	})
	return out, err
}

type userPath struct {
	ID string `path:"user_id"`
}

// getUser implements GetUser.
func (a *API) getUser(c *Call, in userPath) (users.JSON, error) {
	return looked(a, c, (*users.User).Backend, func(tx *store.Tx) (*users.User, error) { return users.Get(tx, c.Rules(), in.ID) })
}

type updateUserParams struct {
	ID string `path:"user_id" json:"-"`
	users.UpdateParams
}

// metadataSince is the first version of the API in which UpdateUser takes no
// metadata any more: it moved to UpdateUserMetadata.
const metadataSince = "2026-05-12"

// updateUser implements UpdateUser. With sign_out_of_other_sessions a new
// password ends the user's sessions.
func (a *API) updateUser(c *Call, in updateUserParams) (out users.JSON, err error) {
	if err := in.checkVersion(c); err != nil {
		return out, err
	}
	if err := in.Prepare(new(users.Hasher)); err != nil {
		return out, err
	}
	return a.user(c, func(tx *store.Tx) (*users.User, error) {
		u, err := users.Update(tx, c.Rules(), in.ID, in.UpdateParams)
		if err != nil || in.SignOutOfOtherSessions == nil || !*in.SignOutOfOtherSessions || in.Password == nil {
			return u, err
		}
		return u, sessions.RevokeAll(tx, c.Live, in.ID)
	})
}

// checkVersion refuses metadata where the version of the API that the caller
// asks for does not have it.
func (in updateUserParams) checkVersion(c *Call) error {
	if c.R.Header.Get("Clerk-API-Version") < metadataSince {
		return nil
	}
	for name, value := range map[string][]byte{"public_metadata": in.PublicMetadata, "private_metadata": in.PrivateMetadata, "unsafe_metadata": in.UnsafeMetadata} {
		if value != nil {
			return apierr.FormUnknownParameter(name)
		}
	}
	return nil
}

type metadataParams struct {
	ID string `path:"user_id" json:"-"`
	users.MetadataParams
}

// updateUserMetadata implements UpdateUserMetadata: a deep merge.
func (a *API) updateUserMetadata(c *Call, in metadataParams) (users.JSON, error) {
	return a.user(c, func(tx *store.Tx) (*users.User, error) {
		return users.UpdateMetadata(tx, c.Rules(), in.ID, in.MetadataParams)
	})
}

// replaceUserMetadata implements ReplaceUserMetadata.
func (a *API) replaceUserMetadata(c *Call, in metadataParams) (users.JSON, error) {
	return a.user(c, func(tx *store.Tx) (*users.User, error) {
		return users.ReplaceMetadata(tx, c.Rules(), in.ID, in.MetadataParams)
	})
}

// deleteUser implements DeleteUser.
func (a *API) deleteUser(c *Call, in userPath) (deleted, error) {
	return spelled(a, c, itself, func(tx *store.Tx) (deleted, error) { return sessions.DeleteUser(tx, c.Live, in.ID) })
}

// banUser implements BanUser.
func (a *API) banUser(c *Call, in userPath) (users.JSON, error) {
	return a.user(c, func(tx *store.Tx) (*users.User, error) { return sessions.BanUser(tx, c.Live, in.ID) })
}

// unbanUser implements UnbanUser.
func (a *API) unbanUser(c *Call, in userPath) (users.JSON, error) {
	return a.user(c, func(tx *store.Tx) (*users.User, error) { return users.Unban(tx, c.Rules(), in.ID) })
}

type userIDs struct {
	IDs []string `json:"user_ids"`
}

// usersBan implements UsersBan: all of them or none.
func (a *API) usersBan(c *Call, in userIDs) ([]users.JSON, error) {
	return a.eachUser(c, in, func(tx *store.Tx, id string) (*users.User, error) { return sessions.BanUser(tx, c.Live, id) })
}

// usersUnban implements UsersUnban.
func (a *API) usersUnban(c *Call, in userIDs) ([]users.JSON, error) {
	return a.eachUser(c, in, func(tx *store.Tx, id string) (*users.User, error) { return users.Unban(tx, c.Rules(), id) })
}

func (a *API) eachUser(c *Call, in userIDs, fn func(*store.Tx, string) (*users.User, error)) ([]users.JSON, error) {
	if len(in.IDs) == 0 {
		return nil, apierr.FormMissingParameter("user_ids")
	}
	var out []users.JSON
	err := a.write(c, func(tx *store.Tx) error {
		out = []users.JSON{}
		for _, id := range in.IDs {
			u, err := fn(tx, id)
			if err != nil {
				return err
			}
			out = append(out, u.Backend())
		}
		return nil
	})
	return out, err
}

// lockUser implements LockUser.
func (a *API) lockUser(c *Call, in userPath) (users.JSON, error) {
	return a.user(c, func(tx *store.Tx) (*users.User, error) { return users.Lock(tx, c.Rules(), in.ID) })
}

// unlockUser implements UnlockUser.
func (a *API) unlockUser(c *Call, in userPath) (users.JSON, error) {
	return a.user(c, func(tx *store.Tx) (*users.User, error) { return users.Unlock(tx, c.Rules(), in.ID) })
}

type verifyPasswordParams struct {
	ID       string `path:"user_id" json:"-"`
	Password string `json:"password"`
}

type verified struct {
	Verified bool `json:"verified"`
}

// verifyPassword implements VerifyPassword. The digest is compared outside of
// the store; a wrong password counts towards the lockout and stays counted.
func (a *API) verifyPassword(c *Call, in verifyPasswordParams) (verified, error) {
	if err := required("password", in.Password); err != nil {
		return verified{}, err
	}
	var credential users.Credential
	err := a.read(c, func(tx *store.Tx) (err error) {
		credential, err = users.CredentialOf(tx, in.ID)
		return err
	})
	if err != nil {
		return verified{}, err
	}
	right, err := credential.Verify(in.Password)
	if err != nil {
		return verified{}, err
	}
	return verified{right}, a.write(c, func(tx *store.Tx) error {
		if right {
			return users.ResetFailures(tx, c.Rules(), in.ID)
		}
		if err := users.RecordPasswordFailure(tx, c.Rules(), in.ID); err != nil {
			return err
		}
		return apierr.Refused(apierr.IncorrectPassword())
	})
}
