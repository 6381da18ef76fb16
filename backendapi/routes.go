package backendapi

import "github.com/nightclerk/nightclerk/internal/httpapi"

// routes are the operations that are built, in the order of Clerk's document.
// Every other operation answers 501 by itself.
func (a *API) routes() []httpapi.Route {
	return []httpapi.Route{
		{Op: "GetJWKS", Method: "GET", Path: "/v1/jwks", Handle: handle(a, a.getJWKS)},

		{Op: "GetClientList", Method: "GET", Path: "/v1/clients", Handle: handle(a, a.getClientList)},
		{Op: "getHandshakePayload", Method: "GET", Path: "/v1/clients/handshake_payload", Handle: handle(a, a.getHandshakePayload)},
		{Op: "GetClient", Method: "GET", Path: "/v1/clients/{client_id}", Handle: handle(a, a.getClient)},

		{Op: "CreateEmailAddress", Method: "POST", Path: "/v1/email_addresses", Handle: handle(a, a.createEmailAddress), Emits: "user.updated"},
		{Op: "GetEmailAddress", Method: "GET", Path: "/v1/email_addresses/{email_address_id}", Handle: handle(a, a.getEmailAddress)},
		{Op: "DeleteEmailAddress", Method: "DELETE", Path: "/v1/email_addresses/{email_address_id}", Handle: handle(a, a.deleteEmailAddress), Emits: "user.updated"},
		{Op: "UpdateEmailAddress", Method: "PATCH", Path: "/v1/email_addresses/{email_address_id}", Handle: handle(a, a.updateEmailAddress), Emits: "user.updated"},
		{Op: "ReplaceUserEmailAddress", Method: "PUT", Path: "/v1/users/{user_id}/email_address", Handle: handle(a, a.replaceUserEmailAddress), Emits: "user.updated"},

		{Op: "CreatePhoneNumber", Method: "POST", Path: "/v1/phone_numbers", Handle: handle(a, a.createPhoneNumber), Emits: "user.updated"},
		{Op: "GetPhoneNumber", Method: "GET", Path: "/v1/phone_numbers/{phone_number_id}", Handle: handle(a, a.getPhoneNumber)},
		{Op: "DeletePhoneNumber", Method: "DELETE", Path: "/v1/phone_numbers/{phone_number_id}", Handle: handle(a, a.deletePhoneNumber), Emits: "user.updated"},
		{Op: "UpdatePhoneNumber", Method: "PATCH", Path: "/v1/phone_numbers/{phone_number_id}", Handle: handle(a, a.updatePhoneNumber), Emits: "user.updated"},
		{Op: "ReplaceUserPhoneNumber", Method: "PUT", Path: "/v1/users/{user_id}/phone_number", Handle: handle(a, a.replaceUserPhoneNumber), Emits: "user.updated"},

		{Op: "GetSessionList", Method: "GET", Path: "/v1/sessions", Handle: handle(a, a.getSessionList)},
		{Op: "createSession", Method: "POST", Path: "/v1/sessions", Handle: handle(a, a.createSession), Emits: "session.created"},
		{Op: "GetSession", Method: "GET", Path: "/v1/sessions/{session_id}", Handle: handle(a, a.getSession)},
		{Op: "RefreshSession", Method: "POST", Path: "/v1/sessions/{session_id}/refresh", Handle: handle(a, a.refreshSession)},
		{Op: "RevokeSession", Method: "POST", Path: "/v1/sessions/{session_id}/revoke", Handle: handle(a, a.revokeSession), Emits: "session.revoked"},
		{Op: "CreateSessionToken", Method: "POST", Path: "/v1/sessions/{session_id}/tokens", Handle: handle(a, a.createSessionToken)},
		{Op: "CreateSessionTokenFromTemplate", Method: "POST", Path: "/v1/sessions/{session_id}/tokens/{template_name}", Handle: handle(a, a.createSessionToken)},

		{Op: "GetUserList", Method: "GET", Path: "/v1/users", Handle: handle(a, a.getUserList)},
		{Op: "CreateUser", Method: "POST", Path: "/v1/users", Handle: handle(a, a.createUser), Emits: "user.created"},
		{Op: "GetUsersCount", Method: "GET", Path: "/v1/users/count", Handle: handle(a, a.getUsersCount)},
		{Op: "GetUser", Method: "GET", Path: "/v1/users/{user_id}", Handle: handle(a, a.getUser)},
		{Op: "UpdateUser", Method: "PATCH", Path: "/v1/users/{user_id}", Handle: handle(a, a.updateUser), Emits: "user.updated, session.revoked"},
		{Op: "DeleteUser", Method: "DELETE", Path: "/v1/users/{user_id}", Handle: handle(a, a.deleteUser), Emits: "session.removed, user.deleted"},
		{Op: "BanUser", Method: "POST", Path: "/v1/users/{user_id}/ban", Handle: handle(a, a.banUser), Emits: "user.updated, session.revoked"},
		{Op: "UnbanUser", Method: "POST", Path: "/v1/users/{user_id}/unban", Handle: handle(a, a.unbanUser), Emits: "user.updated"},
		{Op: "UsersBan", Method: "POST", Path: "/v1/users/ban", Handle: handle(a, a.usersBan), Emits: "user.updated, session.revoked"},
		{Op: "UsersUnban", Method: "POST", Path: "/v1/users/unban", Handle: handle(a, a.usersUnban), Emits: "user.updated"},
		{Op: "LockUser", Method: "POST", Path: "/v1/users/{user_id}/lock", Handle: handle(a, a.lockUser), Emits: "user.updated"},
		{Op: "UnlockUser", Method: "POST", Path: "/v1/users/{user_id}/unlock", Handle: handle(a, a.unlockUser), Emits: "user.updated"},
		{Op: "UpdateUserMetadata", Method: "PATCH", Path: "/v1/users/{user_id}/metadata", Handle: handle(a, a.updateUserMetadata), Emits: "user.updated"},
		{Op: "ReplaceUserMetadata", Method: "PUT", Path: "/v1/users/{user_id}/metadata", Handle: handle(a, a.replaceUserMetadata), Emits: "user.updated"},
		{Op: "VerifyPassword", Method: "POST", Path: "/v1/users/{user_id}/verify_password", Handle: handle(a, a.verifyPassword)},

		{Op: "ListInvitations", Method: "GET", Path: "/v1/invitations", Handle: handle(a, a.listInvitations)},
		{Op: "CreateInvitation", Method: "POST", Path: "/v1/invitations", Handle: handle(a, a.createInvitation), Emits: "email.created"},
		{Op: "CreateBulkInvitations", Method: "POST", Path: "/v1/invitations/bulk", Handle: handle(a, a.createBulkInvitations), Emits: "email.created"},
		{Op: "RevokeInvitation", Method: "POST", Path: "/v1/invitations/{invitation_id}/revoke", Handle: handle(a, a.revokeInvitation)},

		{Op: "ListJWTTemplates", Method: "GET", Path: "/v1/jwt_templates", Handle: handle(a, a.listJWTTemplates)},
		{Op: "CreateJWTTemplate", Method: "POST", Path: "/v1/jwt_templates", Handle: handle(a, a.putJWTTemplate)},
		{Op: "GetJWTTemplate", Method: "GET", Path: "/v1/jwt_templates/{template_id}", Handle: handle(a, a.getJWTTemplate)},
		{Op: "UpdateJWTTemplate", Method: "PATCH", Path: "/v1/jwt_templates/{template_id}", Handle: handle(a, a.putJWTTemplate)},
		{Op: "DeleteJWTTemplate", Method: "DELETE", Path: "/v1/jwt_templates/{template_id}", Handle: handle(a, a.deleteJWTTemplate)},

		{Op: "CreateSignInToken", Method: "POST", Path: "/v1/sign_in_tokens", Handle: handle(a, a.createSignInToken)},
		{Op: "RevokeSignInToken", Method: "POST", Path: "/v1/sign_in_tokens/{sign_in_token_id}/revoke", Handle: handle(a, a.revokeSignInToken)},

		{Op: "CreateTestingToken", Method: "POST", Path: "/v1/testing_tokens", Handle: handle(a, a.createTestingToken)},

		{Op: "ListWaitlistEntries", Method: "GET", Path: "/v1/waitlist_entries", Handle: handle(a, a.listWaitlistEntries)},
		{Op: "CreateWaitlistEntry", Method: "POST", Path: "/v1/waitlist_entries", Handle: handle(a, a.createWaitlistEntry), Emits: "waitlistEntry.created, email.created"},
		{Op: "CreateBulkWaitlistEntries", Method: "POST", Path: "/v1/waitlist_entries/bulk", Handle: handle(a, a.createBulkWaitlistEntries), Emits: "waitlistEntry.created, email.created"},
		{Op: "DeleteWaitlistEntry", Method: "DELETE", Path: "/v1/waitlist_entries/{waitlist_entry_id}", Handle: handle(a, a.deleteWaitlistEntry)},
		{Op: "InviteWaitlistEntry", Method: "POST", Path: "/v1/waitlist_entries/{waitlist_entry_id}/invite", Handle: handle(a, a.inviteWaitlistEntry), Emits: "email.created, waitlistEntry.updated"},
		{Op: "RejectWaitlistEntry", Method: "POST", Path: "/v1/waitlist_entries/{waitlist_entry_id}/reject", Handle: handle(a, a.rejectWaitlistEntry), Emits: "waitlistEntry.updated"},
	}
}
