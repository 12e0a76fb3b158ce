//! Who may do what: the owner's password, browser sessions, tokens for programs, the one-time login link.
//!
//! What is known is kept in memory as well as in the store, so that a request waits for no disk.

mod caller;
mod limiter;
mod password;
mod secret;

use std::collections::HashMap;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use subtle::ConstantTimeEq as _;
use tokio::sync::watch;

use crate::model::Timestamp;
use crate::runtime::atomic;
use crate::store::{Session, Store, StoreError, Token};

use super::Clock;
use super::error::ApiError;

pub(super) use caller::{Address, Caller, Owner, Secure, recognise, session_cookie};
pub use secret::NoRandomness;
pub(super) use secret::{Hash, random_hex};

/// The file in the hub's folder with the token for programs of the same user on the same machine.
pub const CLI_TOKEN: &str = "cli-token";
/// A session ends after so long without use.
pub(super) const SESSION_LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// A login link is good for so long.
const LINK_LIFE: Duration = Duration::from_secs(24 * 3_600);
/// After a login by link a new password may be set without the old one for so long.
const LINK_GRACE: Duration = Duration::from_secs(15 * 60);
/// Uses are written down at most so often.
const TOUCH: Duration = Duration::from_secs(3_600);
const MOST_SESSIONS: usize = 64;
const MOST_TOKENS: usize = 64;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// The owner at a browser.
    Session {
        /// Names the session.
        hash: Hash,
        /// What changes have to carry besides the cookie.
        csrf: String,
    },
    /// A program with a token.
    Token {
        /// The token's id.
        id: String,
        /// What the owner calls it.
        name: String,
    },
    /// A program of the hub's own user on the same machine.
    Cli,
}

/// A session that was just begun.
#[derive(Debug)]
pub(super) struct Begun {
    /// For the cookie; known to nobody else.
    pub(super) secret: String,
    /// What changes have to carry besides the cookie.
    pub(super) csrf: String,
}

/// A token as the owner sees it.
#[derive(Debug, Clone)]
pub(super) struct TokenInfo {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created: Timestamp,
    pub(super) last_used: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Known {
    password: Option<String>,
    sessions: HashMap<Hash, KnownSession>,
    tokens: HashMap<Hash, KnownToken>,
}

#[derive(Debug)]
struct KnownSession {
    csrf: String,
    expires: Timestamp,
    last_used: Timestamp,
    by_link: Option<Timestamp>,
    /// When the use was last written down.
    noted: Timestamp,
}

#[derive(Debug)]
struct KnownToken {
    info: TokenInfo,
    noted: Option<Timestamp>,
}

#[derive(Debug)]
struct Link {
    code: Hash,
    expires: Timestamp,
}

/// Everything about who may do what.
pub(super) struct Auth {
    store: Store,
    clock: Clock,
    known: RwLock<Known>,
    link: Mutex<Option<Link>>,
    limiter: Mutex<limiter::Limiter>,
    hashing: password::Hashing,
    cli: Hash,
    revoked: watch::Sender<()>,
}

/// Why the hub cannot tell who may do what.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No secrets can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The token for the command line could not be written.
    #[error("{path}: the token for the command line cannot be written: {source}")]
    CliToken {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl From<NoRandomness> for ApiError {
    fn from(error: NoRandomness) -> Self {
        Self::internal(error.to_string())
    }
}

impl Auth {
    /// Reads what is stored, and writes a new token for the command line into the hub's folder.
    pub(super) async fn open(store: Store, folder: &Path, clock: Clock) -> Result<Self, AuthError> {
        let now = clock();
        let mut known = Known { password: store.auth_password().await?, ..Known::default() };
        for session in store.auth_sessions(now).await? {
            let Ok(hash) = Hash::try_from(session.hash.as_slice()) else { continue };
            let Session { csrf, expires, last_used, .. } = session;
            let entry = KnownSession { csrf, expires, last_used, by_link: None, noted: last_used };
            known.sessions.insert(hash, entry);
        }
        for token in store.auth_tokens().await? {
            let Ok(hash) = Hash::try_from(token.hash.as_slice()) else { continue };
            let Token { id, name, created, last_used, .. } = token;
            let info = TokenInfo { id, name, created, last_used };
            known.tokens.insert(hash, KnownToken { info, noted: last_used });
        }
        let secret = format!("hc_{}", secret::random::<32>()?);
        // Who can read the hub's folder may use it.
        let path = folder.join(CLI_TOKEN);
        atomic::replace(&path, |file| writeln!(file, "{secret}"))
            .map_err(|source| AuthError::CliToken { path, source })?;
        Ok(Self {
            store,
            clock,
            known: RwLock::new(known),
            link: Mutex::default(),
            limiter: Mutex::default(),
            hashing: password::Hashing::default(),
            cli: secret::hash(&secret),
            revoked: watch::Sender::new(()),
        })
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_mut(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the owner has yet to set a password.
    pub(super) fn needs_password(&self) -> bool {
        self.known().password.is_none()
    }

    /// Tells when a session or token was taken away, so that open connections look again.
    pub(super) fn revocations(&self) -> watch::Receiver<()> {
        self.revoked.subscribe()
    }

    /// Makes a login code; the one before it is good no longer.
    pub(super) fn new_link(&self) -> Result<(String, Timestamp), NoRandomness> {
        let code = secret::random::<20>()?;
        let expires = (self.clock)().plus(LINK_LIFE);
        let link = Link { code: secret::hash(&code), expires };
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
        Ok((code, expires))
    }

    /// Whoever has the session's cookie.
    pub(super) fn session(&self, secret: &str) -> Option<Principal> {
        let hash = secret::hash(secret);
        let now = (self.clock)();
        let csrf = {
            let known = self.known();
            let session = known.sessions.get(&hash).filter(|session| session.expires > now)?;
            if now.since(session.noted) < TOUCH {
                return Some(Principal::Session { hash, csrf: session.csrf.clone() });
            }
            session.csrf.clone()
        };
        let expires = now.plus(SESSION_LIFE);
        if let Some(session) = self.known_mut().sessions.get_mut(&hash) {
            (session.noted, session.last_used, session.expires) = (now, now, expires);
        }
        if let Err(error) = self.store.auth_touch_session(hash.to_vec(), now, expires) {
            tracing::debug!(%error, "the use of a session was not noted");
        }
        Some(Principal::Session { hash, csrf })
    }

    /// Whoever has the token.
    pub(super) fn token(&self, secret: &str) -> Option<Principal> {
        let hash = secret::hash(secret);
        if bool::from(hash.ct_eq(&self.cli)) {
            return Some(Principal::Cli);
        }
        let now = (self.clock)();
        let (id, name) = {
            let known = self.known();
            let token = known.tokens.get(&hash)?;
            let (id, name) = (token.info.id.clone(), token.info.name.clone());
            if token.noted.is_some_and(|noted| now.since(noted) < TOUCH) {
                return Some(Principal::Token { id, name });
            }
            (id, name)
        };
        if let Some(token) = self.known_mut().tokens.get_mut(&hash) {
            (token.noted, token.info.last_used) = (Some(now), Some(now));
        }
        if let Err(error) = self.store.auth_touch_token(id.clone(), now) {
            tracing::debug!(%error, "the use of a token was not noted");
        }
        Some(Principal::Token { id, name })
    }

    /// Whether somebody who was recognised before still would be.
    pub(super) fn still_good(&self, principal: &Principal) -> bool {
        let now = (self.clock)();
        match principal {
            Principal::Session { hash, .. } => {
                self.known().sessions.get(hash).is_some_and(|session| session.expires > now)
            }
            Principal::Token { id, .. } => self.known().tokens.values().any(|token| token.info.id == *id),
            Principal::Cli => true,
        }
    }

    fn attempt(&self, address: IpAddr) -> Result<(), ApiError> {
        let now = (self.clock)();
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.attempt(address, now).map_err(ApiError::too_many_attempts)
    }

    fn succeeded(&self, address: IpAddr) {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner).succeeded(address);
    }

    /// Logs in with the password.
    pub(super) async fn log_in(&self, address: IpAddr, password: String) -> Result<Begun, ApiError> {
        self.attempt(address)?;
        let stored = self.known().password.clone();
        let right = match stored {
            Some(hash) => self.hashing.verify(password, hash).await?,
            None => false,
        };
        if !right {
            tracing::warn!(%address, "a login failed");
            return Err(ApiError::new(
                axum::http::StatusCode::UNAUTHORIZED,
                "wrong_password",
                "the password is wrong; `homeclaw login-link` on the hub makes a link to log in without it",
            ));
        }
        self.succeeded(address);
        self.begin(None, None).await
    }

    /// Logs in with the code of a login link, which is used up by it.
    pub(super) async fn log_in_by_link(&self, address: IpAddr, code: &str) -> Result<Begun, ApiError> {
        self.attempt(address)?;
        let now = (self.clock)();
        let hash = secret::hash(code);
        {
            let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
            let good =
                link.as_ref().is_some_and(|link| bool::from(link.code.ct_eq(&hash)) && link.expires > now);
            if !good {
                tracing::warn!(%address, "a login link was refused");
                return Err(ApiError::new(
                    axum::http::StatusCode::UNAUTHORIZED,
                    "wrong_code",
                    "this login link was used or has expired; `homeclaw login-link` on the hub makes a new one",
                ));
            }
            *link = None;
        }
        self.succeeded(address);
        self.begin(Some(now), None).await
    }

    /// `csrf` is the one that the panel has already, if any.
    async fn begin(&self, by_link: Option<Timestamp>, csrf: Option<String>) -> Result<Begun, ApiError> {
        let now = (self.clock)();
        let secret = secret::random::<32>()?;
        let csrf = csrf.map_or_else(secret::random::<24>, Ok)?;
        let hash = secret::hash(&secret);
        let expires = now.plus(SESSION_LIFE);
        let session =
            Session { hash: hash.to_vec(), csrf: csrf.clone(), created: now, expires, last_used: now };
        self.store.auth_add_session(session).await?;
        let entry = KnownSession { csrf: csrf.clone(), expires, last_used: now, by_link, noted: now };
        let crowded_out = {
            let mut known = self.known_mut();
            known.sessions.retain(|_, session| session.expires > now);
            known.sessions.insert(hash, entry);
            let oldest = known.sessions.iter().min_by_key(|(_, session)| session.last_used);
            let oldest = oldest.map(|(hash, _)| *hash).filter(|_| known.sessions.len() > MOST_SESSIONS);
            oldest.inspect(|hash| {
                known.sessions.remove(hash);
            })
        };
        if let Some(old) = crowded_out {
            self.store.auth_remove_session(old.to_vec()).await?;
            self.revoked.send_replace(());
        }
        Ok(Begun { secret, csrf })
    }

    /// Ends a session.
    pub(super) async fn log_out(&self, hash: &Hash) -> Result<(), ApiError> {
        self.store.auth_remove_session(hash.to_vec()).await?;
        self.known_mut().sessions.remove(hash);
        self.revoked.send_replace(());
        Ok(())
    }

    /// Sets the password, ends every session, and begins a new one for whoever set it at a browser.
    pub(super) async fn set_password(
        &self,
        address: IpAddr,
        who: &Principal,
        current: Option<String>,
        new: String,
    ) -> Result<Option<Begun>, ApiError> {
        password::acceptable(&new)?;
        let stored = self.known().password.clone();
        if let Some(hash) = stored.filter(|_| !self.came_by_link(who)) {
            self.attempt(address)?;
            let right = match current {
                Some(current) => self.hashing.verify(current, hash).await?,
                None => false,
            };
            if !right {
                return Err(ApiError::forbidden("wrong_password", "the current password is wrong"));
            }
            self.succeeded(address);
        }
        let hash = self.hashing.hash(new).await?;
        self.store.auth_put_password(hash.clone()).await?;
        {
            let mut known = self.known_mut();
            known.password = Some(hash);
            known.sessions.clear();
        }
        self.revoked.send_replace(());
        match who {
            Principal::Session { csrf, .. } => self.begin(None, Some(csrf.clone())).await.map(Some),
            Principal::Token { .. } | Principal::Cli => Ok(None),
        }
    }

    /// Whether the caller has proved a moment ago that the machine is theirs.
    fn came_by_link(&self, who: &Principal) -> bool {
        let now = (self.clock)();
        match who {
            Principal::Cli => true,
            Principal::Token { .. } => false,
            Principal::Session { hash, .. } => {
                let known = self.known();
                let begun = known.sessions.get(hash).and_then(|session| session.by_link);
                begun.is_some_and(|begun| now.since(begun) <= LINK_GRACE)
            }
        }
    }

    /// All tokens, oldest first.
    pub(super) fn tokens(&self) -> Vec<TokenInfo> {
        let mut tokens: Vec<_> = self.known().tokens.values().map(|token| token.info.clone()).collect();
        tokens.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        tokens
    }

    /// Makes a token; the secret is given out this once.
    pub(super) async fn add_token(&self, name: String) -> Result<(TokenInfo, String), ApiError> {
        if self.known().tokens.len() >= MOST_TOKENS {
            return Err(ApiError::invalid(format!(
                "there are {MOST_TOKENS} tokens already; remove one first"
            )));
        }
        let secret = format!("hc_{}", secret::random::<32>()?);
        let hash = secret::hash(&secret);
        let info = TokenInfo { id: random_hex::<8>(), name, created: (self.clock)(), last_used: None };
        let token = Token {
            id: info.id.clone(),
            name: info.name.clone(),
            hash: hash.to_vec(),
            created: info.created,
            last_used: None,
        };
        self.store.auth_add_token(token).await?;
        self.known_mut().tokens.insert(hash, KnownToken { info: info.clone(), noted: None });
        Ok((info, secret))
    }

    /// Takes a token away.
    pub(super) async fn remove_token(&self, id: &str) -> Result<(), ApiError> {
        if !self.known().tokens.values().any(|token| token.info.id == id) {
            return Err(ApiError::not_found("token", id));
        }
        self.store.auth_remove_token(id.to_owned()).await?;
        self.known_mut().tokens.retain(|_, token| token.info.id != id);
        self.revoked.send_replace(());
        Ok(())
    }
}
