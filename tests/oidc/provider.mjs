// A certified OpenID Connect provider on loopback. Whoever types an address is that person; "not-verified" is not vouched for.
// Called with the port, and where the board answers: the only client.
import { Provider } from 'oidc-provider'

const [port, board] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`
const back = `${board}/oauth2callback`

const claimsOf = (id) => ({ sub: id, email: id, email_verified: !id.startsWith('not-verified') })

const provider = new Provider(issuer, {
  clients: [{ client_id: 'board', client_secret: 'secret of the tests', redirect_uris: [back], post_logout_redirect_uris: [back] }],
  cookies: { keys: ['the key of the tests'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: [] },
  conformIdTokenClaims: false,
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => claimsOf(id) }),
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
    grant.addOIDCScope('openid email profile')
    await grant.save()
    return grant
  },
})

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next()
  if (ctx.method === 'GET') {
    ctx.type = 'html'
    ctx.body = '<form method="post"><label>Address <input name="who"></label><button>Go on</button></form>'
    return
  }
  let body = ''
  for await (const chunk of ctx.req) body += chunk
  const login = { accountId: new URLSearchParams(body).get('who') }
  await provider.interactionFinished(ctx.req, ctx.res, { login }, { mergeWithLastSubmission: false })
  ctx.respond = false
})

provider.listen(Number(port), '127.0.0.1')
